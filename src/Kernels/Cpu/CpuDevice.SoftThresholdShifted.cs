using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>x = shrink(z − w), q = x + w in one pass: 16 bytes an element, bound by memory bandwidth.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void SoftThresholdShiftedCore(Tensor z, Tensor w, float tau, Tensor x, Tensor q)
    {
        int count = x.Count;
        var job = new ShiftedShrinkageJob(Pointer(z), Pointer(w), new Shrinkage(tau), Pointer(x), Pointer(q), count);
        _pool.Run(job, (count + Piece - 1) / Piece);
    }

    private readonly struct ShiftedShrinkageJob(
        float* z, float* w, Shrinkage shrinkage, float* x, float* q, int count) : IJob
    {
        public void Execute(int index, int worker)
        {
            int i = index * Piece;
            int end = Math.Min(i + Piece, count);
            for (; i <= end - S.Width; i += S.Width)
            {
                V shift = S.Load(w + i);
                V difference = S.Subtract(S.Load(z + i), shift);
                V shrunk = shrinkage.Invoke(difference, difference);
                S.Store(x + i, shrunk);
                S.Store(q + i, S.Add(shrunk, shift));
            }

            for (; i < end; i++)
            {
                float shift = w[i];
                float difference = z[i] - shift;
                x[i] = shrinkage.Invoke(difference, difference);
                q[i] = x[i] + shift;
            }
        }
    }
}
