using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// w = q − z, x = shrink(z − w), q = x + w in one pass: reads z and q, writes x and q. 16 bytes per element, bound by
/// memory bandwidth.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void SoftThresholdReflectedCore(Tensor z, Tensor tau, Tensor q, Tensor x)
    {
        if (Streams(Pointer(x), 4L * sizeof(float) * x.Count))
        {
            SoftThresholdReflected<StreamingStore>(z, tau, q, x);
        }
        else
        {
            SoftThresholdReflected<CachedStore>(z, tau, q, x);
        }
    }

    private void SoftThresholdReflected<TStore>(Tensor z, Tensor tau, Tensor q, Tensor x)
        where TStore : struct, IStore
    {
        int count = x.Count;
        var shrinkage = new Shrinkage(*Pointer(tau));
        var job = new ReflectedShrinkageJob<TStore>(Pointer(z), shrinkage, Pointer(q), Pointer(x), count);
        _pool.Run(job, PieceSizes.Count(count));
    }

    private readonly struct ReflectedShrinkageJob<TStore>(
        float* z, Shrinkage shrinkage, float* q, float* x, int count) : IJob
        where TStore : struct, IStore
    {
        public void Execute(int index, int worker)
        {
            int i = index * PieceSizes.Elements;
            int end = Math.Min(i + PieceSizes.Elements, count);
            for (; i <= end - S.Width; i += S.Width)
            {
                V target = S.Load(z + i);
                V dual = S.Subtract(S.Load(q + i), target);
                V difference = S.Subtract(target, dual);
                V shrunk = shrinkage.Invoke(difference, difference);
                TStore.Store(x + i, shrunk);
                S.Store(q + i, S.Add(shrunk, dual));
            }

            for (; i < end; i++)
            {
                float dual = q[i] - z[i];
                float difference = z[i] - dual;
                x[i] = shrinkage.Invoke(difference, difference);
                q[i] = x[i] + dual;
            }

            TStore.Finish();
        }
    }
}
