using System.Runtime.CompilerServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>gx = scale·sign(x − y): 12 bytes per element, bound by memory.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void AbsoluteDistanceBackwardCore(float scale, Tensor x, Tensor y, Tensor gx) =>
        Map(new ScaledSign(scale), x, y, gx);

    private readonly struct ScaledSign(float scale) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Invoke(V x, V y)
        {
            V above = S.SelectPositive(S.Subtract(x, y), S.Broadcast(scale));
            V below = S.SelectPositive(S.Subtract(y, x), S.Broadcast(scale));
            return S.Subtract(above, below);
        }

        public float Invoke(float x, float y) => x > y ? scale : x < y ? -scale : 0;
    }
}
