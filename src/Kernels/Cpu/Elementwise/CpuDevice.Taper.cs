using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A separable window on each plane, row by row; bound by memory: 8 bytes per element, 12 with an addend.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private const int TaperedRows = 16;

    protected override void TaperCore(
        Tensor x, Tensor rowWeights, Tensor columnWeights, float scale, Tensor? addend, Tensor y)
    {
        int rows = x.Shape.Planes * x.Shape.H;
        var job = new TaperJob(
            Pointer(x), x.Shape, rows, Pointer(rowWeights), Pointer(columnWeights), scale, PointerOrNull(addend),
            Pointer(y));
        _pool.Run(job, (rows + TaperedRows - 1) / TaperedRows);
    }

    /// <summary>
    /// target[j] = addend[j] + weight·factors[j]·source[j]; addend may be null for zero, or the target.
    /// </summary>
    private static void AddProducts(
        float* source, float* factors, float weight, float* addend, float* target, int count)
    {
        V broadcast = S.Broadcast(weight);
        int j = 0;
        for (; j <= count - S.Width; j += S.Width)
        {
            V factor = S.Multiply(broadcast, S.Load(factors + j));
            V added = addend == null ? S.Zero : S.Load(addend + j);
            S.Store(target + j, S.MultiplyAdd(factor, S.Load(source + j), added));
        }

        for (; j < count; j++)
        {
            target[j] = float.MultiplyAddEstimate(weight * factors[j], source[j], addend == null ? 0 : addend[j]);
        }
    }

    /// <summary>A piece is a few rows.</summary>
    private readonly struct TaperJob(
        float* x, Shape shape, int rows, float* rowWeights, float* columnWeights, float scale, float* addend, float* y)
        : IJob
    {
        public void Execute(int index, int worker)
        {
            for (int row = index * TaperedRows; row < Math.Min(rows, (index + 1) * TaperedRows); row++)
            {
                long start = (long)row * shape.W;
                float* added = addend == null ? null : addend + start;
                float weight = scale * rowWeights[row % shape.H];
                AddProducts(x + start, columnWeights, weight, added, y + start, shape.W);
            }
        }
    }
}
