namespace InfAdmm.Engine.Inference;

/// <summary>The weights of a convolution on the host, not to be changed once given.</summary>
public sealed class ConvolutionWeights
{
    /// <summary>Takes over the arrays.</summary>
    /// <param name="shape">
    /// (Cout, Cin, Kh, Kw); for a transposed convolution (Cin, Cout, Kh, Kw), that of its adjoint.
    /// </param>
    /// <param name="values">The weights in that order.</param>
    /// <param name="bias">One for each output channel, or null for none.</param>
    /// <exception cref="ShapeException">The count of values is not that of the shape.</exception>
    public ConvolutionWeights(Shape shape, float[] values, float[]? bias = null)
    {
        if (values.Length != shape.Validated().Count)
        {
            throw new ShapeException($"{values.Length} values do not fit weights of {shape}");
        }

        Shape = shape;
        Values = values;
        Bias = bias;
    }

    /// <summary>See the constructor.</summary>
    public Shape Shape { get; }

    /// <summary>The weights, in the order of the shape.</summary>
    public IReadOnlyList<float> Values { get; }

    /// <summary>One for each output channel, or null.</summary>
    public IReadOnlyList<float>? Bias { get; }

    /// <summary>The weights that give scale[c]·y + shift[c] in place of y.</summary>
    internal ConvolutionWeights Folded(ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool transposed)
    {
        int channels = transposed ? Shape.C : Shape.N;
        if (scale.Length != channels || shift.Length != channels)
        {
            throw new ShapeException($"{scale.Length} scales and {shift.Length} shifts for {channels} channels");
        }

        var values = new float[Values.Count];
        int filter = Shape.PlaneSize;
        for (int i = 0; i < values.Length; i++)
        {
            int channel = transposed ? i / filter % Shape.C : i / (filter * Shape.C);
            values[i] = (float)((double)scale[channel] * Values[i]);
        }

        var bias = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            bias[c] = (float)((double)scale[c] * (Bias?[c] ?? 0) + shift[c]);
        }

        return new ConvolutionWeights(Shape, values, bias);
    }
}
