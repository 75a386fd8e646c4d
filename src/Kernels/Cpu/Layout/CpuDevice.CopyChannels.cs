using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>Channels are runs of whole planes in NCHW: one block copy per image. Bound by memory.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void CopyChannelsCore(Tensor x, int from, int count, Tensor y, int to)
    {
        long plane = x.Shape.PlaneSize;
        var job = new CopyChannelsJob
        {
            Source = Pointer(x) + from * plane,
            SourcePitch = x.Shape.C * plane,
            Target = Pointer(y) + to * plane,
            TargetPitch = y.Shape.C * plane,
            Length = count * plane,
        };
        _pool.Run(job, x.Shape.N);
    }

    private struct CopyChannelsJob : IJob
    {
        public float* Source;
        public long SourcePitch;
        public float* Target;
        public long TargetPitch;
        public long Length;

        public readonly void Execute(int index, int worker)
        {
            long bytes = Length * sizeof(float);
            Buffer.MemoryCopy(Source + index * SourcePitch, Target + index * TargetPitch, bytes, bytes);
        }
    }
}
