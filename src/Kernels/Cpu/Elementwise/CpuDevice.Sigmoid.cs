using System.Runtime.CompilerServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>The logistic function, 8 bytes per element, and its gradient, 12 bytes. Bound by memory.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void SigmoidCore(Tensor x, Tensor y) => Map(default(LogisticFunction), x, x, y);

    protected override void SigmoidBackwardCore(Tensor y, Tensor gy, Tensor gx) =>
        Map(default(LogisticSlope), y, gy, gx);

    private readonly struct LogisticFunction : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => Logistic<S, V>.Of(x);

        public float Invoke(float x, float y) => Logistic<Simd1, float>.Of(x);
    }

    private readonly struct LogisticSlope : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y) => S.Multiply(S.Multiply(y, x), S.Subtract(S.Broadcast(1), x));

        public float Invoke(float x, float y) => y * x * (1 - x);
    }
}
