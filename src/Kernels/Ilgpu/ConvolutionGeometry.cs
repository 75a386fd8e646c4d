using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>The sizes of a convolution from x to y and the boundary of x.</summary>
internal readonly struct ConvolutionGeometry
{
    public ConvolutionGeometry(Shape x, Shape weights, Shape y, Conv2dSpec spec)
    {
        Batch = x.N;
        Inputs = x.C;
        Height = x.H;
        Width = x.W;
        Outputs = y.C;
        OutputHeight = y.H;
        OutputWidth = y.W;
        KernelHeight = weights.H;
        KernelWidth = weights.W;
        Stride = spec.Stride;
        Top = spec.Top;
        Left = spec.Left;
        IsPeriodic = spec.Boundary == Boundary.Periodic ? 1 : 0;
    }

    public readonly int Batch;
    public readonly int Inputs;
    public readonly int Height;
    public readonly int Width;
    public readonly int Outputs;
    public readonly int OutputHeight;
    public readonly int OutputWidth;
    public readonly int KernelHeight;
    public readonly int KernelWidth;
    public readonly int Stride;
    public readonly int Top;
    public readonly int Left;
    public readonly int IsPeriodic;

    public int Taps => KernelHeight * KernelWidth;

    public int OutputPixels => OutputHeight * OutputWidth;

    public int Pixels => Height * Width;

    /// <summary>x̄[n, c, i·s + k, j·s + l], where x̄ is x padded.</summary>
    public float Padded(ArrayView<float> x, int n, int c, int tap, int pixel)
    {
        int row = pixel / OutputWidth * Stride + tap / KernelWidth - Top;
        int column = pixel % OutputWidth * Stride + tap % KernelWidth - Left;
        if (IsPeriodic != 0)
        {
            row = IndexArithmetic.Modulo(row, Height);
            column = IndexArithmetic.Modulo(column, Width);
        }
        else if (row < 0 || row >= Height || column < 0 || column >= Width)
        {
            return 0;
        }

        return x[((n * Inputs + c) * Height + row) * Width + column];
    }

    /// <summary>
    /// The sum of gy over the outputs that read pixel (i, j) of x by a tap: several if x is periodic.
    /// </summary>
    public float Gathered(ArrayView<float> gy, int n, int o, int tap, int pixel)
    {
        int row = pixel / Width + Top - tap / KernelWidth;
        int column = pixel % Width + Left - tap % KernelWidth;
        int firstRow = row;
        int firstColumn = column;
        int rowStep = Height;
        int columnStep = Width;
        int lastRow = (OutputHeight - 1) * Stride;
        int lastColumn = (OutputWidth - 1) * Stride;
        if (IsPeriodic != 0)
        {
            firstRow = IndexArithmetic.Modulo(row, Height);
            firstColumn = IndexArithmetic.Modulo(column, Width);
        }
        else
        {
            lastRow = row < lastRow ? row : lastRow;
            lastColumn = column < lastColumn ? column : lastColumn;
        }

        float sum = 0;
        for (int u = firstRow; u <= lastRow; u += rowStep)
        {
            for (int v = firstColumn; v <= lastColumn; v += columnStep)
            {
                if (u >= 0 && v >= 0 && u % Stride == 0 && v % Stride == 0)
                {
                    sum += gy[((n * Outputs + o) * OutputHeight + u / Stride) * OutputWidth + v / Stride];
                }
            }
        }

        return sum;
    }

    /// <summary>The activation of a result, as the number of an <see cref="Activation"/>.</summary>
    public static float Activate(double value, int activation)
    {
        float result = (float)value;
        if (activation == (int)Activation.Relu)
        {
            return result < 0 ? 0 : result;
        }

        return activation == (int)Activation.Sigmoid ? SigmoidTerm.Of(result) : result;
    }
}

/// <summary>y as the product of the weights (Cout, Cin·taps) and the unfolded x.</summary>
internal readonly record struct ForwardConvolution(
    ConvolutionGeometry Geometry, ArrayView<float> X, ArrayView<float> Weights, ArrayView<float> Bias,
    ArrayView<float> Y, int HasBias, int ActivationNumber) : ITiledProduct
{
    public int Rows => Geometry.Outputs;

    public int Columns => Geometry.Batch * Geometry.OutputPixels;

    public int Inner => Geometry.Inputs * Geometry.Taps;

    public float Left(int row, int inner) => Weights[row * Inner + inner];

    public float Right(int inner, int column) => Geometry.Padded(
        X, column / Geometry.OutputPixels, inner / Geometry.Taps, inner % Geometry.Taps,
        column % Geometry.OutputPixels);

    public void Store(int row, int column, double value)
    {
        ArrayView<float> y = Y;
        int pixels = Geometry.OutputPixels;
        double shifted = HasBias != 0 ? value + Bias[row] : value;
        y[(column / pixels * Geometry.Outputs + row) * pixels + column % pixels] =
            ConvolutionGeometry.Activate(shifted, ActivationNumber);
    }
}

/// <summary>gx as the product of the weights, ordered by input channel, and the gathered gy.</summary>
internal readonly record struct BackwardConvolution(
    ConvolutionGeometry Geometry, ArrayView<float> Gy, ArrayView<float> Weights, ArrayView<float> Bias,
    ArrayView<float> Gx, int HasBias, int ActivationNumber) : ITiledProduct
{
    public int Rows => Geometry.Inputs;

    public int Columns => Geometry.Batch * Geometry.Pixels;

    public int Inner => Geometry.Outputs * Geometry.Taps;

    public float Left(int row, int inner) =>
        Weights[(inner / Geometry.Taps * Geometry.Inputs + row) * Geometry.Taps + inner % Geometry.Taps];

    public float Right(int inner, int column) => Geometry.Gathered(
        Gy, column / Geometry.Pixels, inner / Geometry.Taps, inner % Geometry.Taps, column % Geometry.Pixels);

    public void Store(int row, int column, double value)
    {
        ArrayView<float> gx = Gx;
        int pixels = Geometry.Pixels;
        double shifted = HasBias != 0 ? value + Bias[row] : value;
        gx[(column / pixels * Geometry.Inputs + row) * pixels + column % pixels] =
            ConvolutionGeometry.Activate(shifted, ActivationNumber);
    }
}

/// <summary>gw as the product of gy, ordered by output channel, and the transpose of the unfolded x.</summary>
internal readonly record struct WeightGradient(
    ConvolutionGeometry Geometry, ArrayView<float> X, ArrayView<float> Gy, ArrayView<float> Gw) : ITiledProduct
{
    public int Rows => Geometry.Outputs;

    public int Columns => Geometry.Inputs * Geometry.Taps;

    public int Inner => Geometry.Batch * Geometry.OutputPixels;

    public float Left(int row, int inner)
    {
        int pixels = Geometry.OutputPixels;
        return Gy[(inner / pixels * Geometry.Outputs + row) * pixels + inner % pixels];
    }

    public float Right(int inner, int column) => Geometry.Padded(
        X, inner / Geometry.OutputPixels, column / Geometry.Taps, column % Geometry.Taps,
        inner % Geometry.OutputPixels);

    public void Store(int row, int column, double value)
    {
        ArrayView<float> gw = Gw;
        gw[row * Columns + column] = (float)value;
    }
}
