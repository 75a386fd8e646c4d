using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>Crops planes, or pads them with their edge: a copy, bound by memory.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void WindowCore(Tensor x, int top, int left, Tensor y)
    {
        var job = new WindowJob(Pointer(x), x.Shape, top, left, Pointer(y), y.Shape);
        _pool.Run(job, y.Shape.Planes);
    }

    /// <summary>A piece is a plane.</summary>
    private readonly struct WindowJob(float* x, Shape source, long top, long left, float* y, Shape target) : IJob
    {
        public void Execute(int index, int worker)
        {
            // Columns to the left of x, inside x and to the right of it.
            int before = (int)Math.Clamp(-left, 0, target.W);
            int end = (int)Math.Clamp(source.W - left, before, target.W);
            float* plane = x + (long)index * source.PlaneSize;
            for (int i = 0; i < target.H; i++)
            {
                var row = new ReadOnlySpan<float>(plane + Math.Clamp(top + i, 0, source.H - 1) * source.W, source.W);
                var to = new Span<float>(y + ((long)index * target.H + i) * target.W, target.W);
                to[..before].Fill(row[0]);
                if (end > before)
                {
                    row.Slice((int)(left + before), end - before).CopyTo(to[before..]);
                }

                to[end..].Fill(row[^1]);
            }
        }
    }
}
