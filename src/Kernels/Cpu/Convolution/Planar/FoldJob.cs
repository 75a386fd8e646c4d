using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The adjoint of periodic padding, then bias and activation: each pixel is the sum of the padded pixels that are
/// copies of it. A piece is one plane. Bound by memory.
/// </summary>
internal unsafe struct FoldJob : IJob
{
    public float* Source;
    public Shape Padded;
    public int Top;
    public int Left;

    /// <summary>The bias of each channel, or null.</summary>
    public float* Bias;

    public bool Relu;
    public float* Target;
    public Shape Shape;

    public readonly void Execute(int index, int worker)
    {
        float* source = Source + (long)index * Padded.PlaneSize;
        float* target = Target + (long)index * Shape.PlaneSize;
        new Span<float>(target, Shape.PlaneSize).Fill(Bias == null ? 0 : Bias[index % Shape.C]);
        int row = IndexArithmetic.Modulo(-Top, Shape.H);
        for (int r = 0; r < Padded.H; r++)
        {
            AddRow(source, target + (long)row * Shape.W);
            source += Padded.W;
            row = row + 1 == Shape.H ? 0 : row + 1;
        }

        if (Relu)
        {
            for (int i = 0; i < Shape.PlaneSize; i++)
            {
                target[i] = MathF.Max(target[i], 0);
            }
        }
    }

    private readonly void AddRow(float* source, float* target)
    {
        int column = IndexArithmetic.Modulo(-Left, Shape.W);
        for (int c = 0; c < Padded.W; c++)
        {
            target[column] += source[c];
            column = column + 1 == Shape.W ? 0 : column + 1;
        }
    }
}
