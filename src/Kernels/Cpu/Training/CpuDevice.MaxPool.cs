using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Maximum pooling and its gradient. A piece is one plane. Only feature networks of training losses use it, where
/// convolutions take nearly all the time, so windows are searched one by one.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void MaxPool2dCore(Tensor x, PoolSpec spec, Tensor y) =>
        _pool.Run(new MaxPoolJob(Pointer(x), Pointer(y), x.Shape, y.Shape, spec), x.Shape.Planes);

    protected override void MaxPool2dBackwardCore(Tensor x, Tensor gy, PoolSpec spec, Tensor gx) =>
        _pool.Run(
            new MaxPoolGradientJob(Pointer(x), Pointer(gy), Pointer(gx), x.Shape, gy.Shape, spec), x.Shape.Planes);

    /// <summary>The place of the first of the largest elements of a window, or of the last NaN.</summary>
    private static int PlaceOfMaximum(float* plane, Shape shape, PoolSpec spec, int row, int column)
    {
        int top = row * spec.Stride - spec.Padding;
        int left = column * spec.Stride - spec.Padding;
        int place = -1;
        for (int i = Math.Max(top, 0); i < Math.Min(top + spec.Size, shape.H); i++)
        {
            for (int j = Math.Max(left, 0); j < Math.Min(left + spec.Size, shape.W); j++)
            {
                float value = plane[i * shape.W + j];
                if (place < 0 || value > plane[place] || float.IsNaN(value))
                {
                    place = i * shape.W + j;
                }
            }
        }

        return place;
    }

    private readonly struct MaxPoolJob(float* x, float* y, Shape large, Shape small, PoolSpec spec) : IJob
    {
        public void Execute(int index, int worker)
        {
            float* from = x + (long)index * large.PlaneSize;
            float* to = y + (long)index * small.PlaneSize;
            for (int i = 0; i < small.H; i++)
            {
                for (int j = 0; j < small.W; j++)
                {
                    to[i * small.W + j] = from[PlaceOfMaximum(from, large, spec, i, j)];
                }
            }
        }
    }

    private readonly struct MaxPoolGradientJob(
        float* x, float* gy, float* gx, Shape large, Shape small, PoolSpec spec) : IJob
    {
        public void Execute(int index, int worker)
        {
            float* plane = x + (long)index * large.PlaneSize;
            float* from = gy + (long)index * small.PlaneSize;
            float* to = gx + (long)index * large.PlaneSize;
            new Span<float>(to, large.PlaneSize).Clear();
            for (int i = 0; i < small.H; i++)
            {
                for (int j = 0; j < small.W; j++)
                {
                    to[PlaceOfMaximum(plane, large, spec, i, j)] += from[i * small.W + j];
                }
            }
        }
    }
}
