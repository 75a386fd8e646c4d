namespace InfAdmm.Engine.Inference;

/// <summary>The weights of a convolution in host memory. Immutable.</summary>
public sealed class ConvolutionWeights
{
    /// <summary>Takes ownership of the arrays, which the caller must not change afterwards.</summary>
    /// <param name="shape">
    /// (Cout, Cin, Kh, Kw). For a transposed convolution (Cin, Cout, Kh, Kw), the shape for its adjoint.
    /// </param>
    /// <param name="values">The weights in that order.</param>
    /// <param name="bias">One value for each output channel, or null.</param>
    /// <exception cref="ShapeException">The number of values does not match the shape.</exception>
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

    /// <summary>(Cout, Cin, Kh, Kw), or (Cin, Cout, Kh, Kw) for a transposed convolution.</summary>
    public Shape Shape { get; }

    /// <summary>The weights, in the order of the shape.</summary>
    public IReadOnlyList<float> Values { get; }

    /// <summary>One value for each output channel, or null.</summary>
    public IReadOnlyList<float>? Bias { get; }

    /// <summary>The weights for scale[c]·y + shift[c] instead of y.</summary>
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
