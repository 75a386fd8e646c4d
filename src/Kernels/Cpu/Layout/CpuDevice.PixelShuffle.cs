using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Depth to space and back: a permutation, 8 bytes per element. A piece is one row of the large image, in which
/// <c>factor</c> source rows are interleaved.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void PixelShuffleCore(Tensor x, int factor, Tensor y) =>
        _pool.Run(new ShuffleJob(Pointer(x), Pointer(y), y.Shape, factor, inverse: false), y.Shape.Planes * y.Shape.H);

    protected override void PixelUnshuffleCore(Tensor y, int factor, Tensor x) =>
        _pool.Run(new ShuffleJob(Pointer(x), Pointer(y), y.Shape, factor, inverse: true), y.Shape.Planes * y.Shape.H);

    private readonly struct ShuffleJob(float* packed, float* image, Shape shape, int factor, bool inverse) : IJob
    {
        public void Execute(int index, int worker)
        {
            int plane = index / shape.H;
            int row = index % shape.H;
            int width = shape.W / factor;
            int planeSize = width * (shape.H / factor);
            int channel = (plane * factor + row % factor) * factor;
            float* source = packed + (long)channel * planeSize + (long)(row / factor) * width;
            float* target = image + (long)index * shape.W;
            for (int phase = 0; phase < factor; phase++)
            {
                float* line = source + (long)phase * planeSize;
                for (int j = 0; j < width; j++)
                {
                    if (inverse)
                    {
                        line[j] = target[j * factor + phase];
                    }
                    else
                    {
                        target[j * factor + phase] = line[j];
                    }
                }
            }
        }
    }
}
