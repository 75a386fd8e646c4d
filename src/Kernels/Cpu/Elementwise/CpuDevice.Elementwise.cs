using System.Runtime.CompilerServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Elementwise ops: each is one small struct with a vector and a scalar form; one driver has the loop, the tail and the
/// threads. All are bound by memory bandwidth: 8 bytes per element for one operand, 12 for two.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private interface IBinary
    {
        V Invoke(V x, V y);

        float Invoke(float x, float y);
    }

    protected override void CopyCore(Tensor x, Tensor y) => Map(default(Identity), x, x, y);

    protected override void FillCore(float value, Tensor y) => new Span<float>(Pointer(y), y.Count).Fill(value);

    protected override void CombineCore(float alpha, Tensor x, float beta, Tensor y, Tensor result) =>
        Map(new LinearCombination(alpha, beta), x, y, result);

    protected override void ScaleCore(float alpha, Tensor x, Tensor y) => Map(new Scaling(alpha), x, x, y);

    protected override void ReluCore(Tensor x, Tensor y) => Map(default(Rectifier), x, x, y);

    protected override void ReluBackwardCore(Tensor y, Tensor gy, Tensor gx) => Map(default(Gate), y, gy, gx);

    protected override void LeakyReluCore(Tensor x, float slope, Tensor y) => Map(new LeakyRectifier(slope), x, x, y);

    protected override void LeakyReluBackwardCore(Tensor y, Tensor gy, float slope, Tensor gx) =>
        Map(new LeakyGate(slope), y, gy, gx);

    protected override void SoftThresholdCore(Tensor x, Tensor tau, Tensor y) =>
        Map(new Shrinkage(*Pointer(tau)), x, x, y);

    private void Map<TOp>(TOp op, Tensor x, Tensor y, Tensor result)
        where TOp : unmanaged, IBinary
    {
        Map(op, Pointer(x), Pointer(y), Pointer(result), result.Count);
    }

    private void Map<TOp>(TOp op, float* x, float* y, float* result, int count)
        where TOp : unmanaged, IBinary
    {
        int pieces = PieceSizes.Count(count);
        long bytes = (x == y ? 2L : 3L) * count * sizeof(float);
        if (result != x && result != y && Streams(result, bytes))
        {
            _pool.Run(new MapJob<TOp, StreamingStore>(op, x, y, result, count), pieces);
        }
        else
        {
            _pool.Run(new MapJob<TOp, CachedStore>(op, x, y, result, count), pieces);
        }
    }

    private readonly struct MapJob<TOp, TStore>(TOp op, float* x, float* y, float* result, int count) : IJob
        where TOp : unmanaged, IBinary
        where TStore : struct, IStore
    {
        public void Execute(int index, int worker)
        {
            int i = index * PieceSizes.Elements;
            int end = Math.Min(i + PieceSizes.Elements, count);
            for (; i <= end - S.Width; i += S.Width)
            {
                TStore.Store(result + i, op.Invoke(S.Load(x + i), S.Load(y + i)));
            }

            for (; i < end; i++)
            {
                result[i] = op.Invoke(x[i], y[i]);
            }

            TStore.Finish();
        }
    }

    private readonly struct Identity : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => x;

        public float Invoke(float x, float y) => x;
    }

    private readonly struct LinearCombination(float alpha, float beta) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) =>
            S.MultiplyAdd(S.Broadcast(alpha), x, S.Multiply(S.Broadcast(beta), y));

        public float Invoke(float x, float y) => float.MultiplyAddEstimate(alpha, x, beta * y);
    }

    private readonly struct Scaling(float alpha) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => S.Multiply(S.Broadcast(alpha), x);

        public float Invoke(float x, float y) => alpha * x;
    }

    private readonly struct Rectifier : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => S.Max(x, S.Zero);

        public float Invoke(float x, float y) => MathF.Max(x, 0);
    }

    private readonly struct Gate : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => S.SelectPositive(x, y);

        public float Invoke(float x, float y) => x > 0 ? y : 0;
    }

    /// <summary>The larger of x and slope·x, for slopes below 1.</summary>
    private readonly struct LeakyRectifier(float slope) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => S.Max(x, S.Multiply(S.Broadcast(slope), x));

        public float Invoke(float x, float y) => MathF.Max(x, slope * x);
    }

    /// <summary>y·(slope + (x &gt; 0 ? 1 − slope : 0)); for positive x the sum is exactly 1.</summary>
    private readonly struct LeakyGate(float slope) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) =>
            S.Multiply(y, S.Add(S.Broadcast(slope), S.SelectPositive(x, S.Broadcast(1 - slope))));

        public float Invoke(float x, float y) => x > 0 ? y : slope * y;
    }

    /// <summary>x − clamp(x, −τ, τ): exactly 0 inside, and a NaN stays NaN.</summary>
    private readonly struct Shrinkage(float tau) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) =>
            S.Subtract(x, S.Min(S.Max(x, S.Broadcast(-tau)), S.Broadcast(tau)));

        public float Invoke(float x, float y) => x - MathF.Min(MathF.Max(x, -tau), tau);
    }
}
