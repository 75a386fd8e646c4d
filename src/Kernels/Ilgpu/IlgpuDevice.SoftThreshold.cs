using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// The proximal operator of the l1 norm, alone and fused with the dual update: 8 and 16 bytes per element.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void SoftThresholdCore(Tensor x, Tensor tau, Tensor y) =>
        Launch(
            SoftThresholdKernels.Shrink, Elements(x.Count), new ShrinkArguments(View(x), View(tau), View(y), View(y)));

    /// <inheritdoc/>
    protected override void SoftThresholdReflectedCore(Tensor z, Tensor tau, Tensor q, Tensor x) =>
        Launch(
            SoftThresholdKernels.Reflect, Elements(x.Count), new ShrinkArguments(View(z), View(tau), View(q), View(x)));
}

/// <summary>x or z, τ, q and the result.</summary>
internal readonly record struct ShrinkArguments(
    ArrayView<float> X, ArrayView<float> Tau, ArrayView<float> Q, ArrayView<float> Result);

internal static class SoftThresholdKernels
{
    public static void Shrink(ShrinkArguments a)
    {
        float tau = a.Tau[0];
        for (int i = Grid.GlobalIndex.X; i < a.X.IntLength; i += Grid.DimX * Group.DimX)
        {
            a.Result[i] = Of(a.X[i], tau);
        }
    }

    public static void Reflect(ShrinkArguments a)
    {
        float tau = a.Tau[0];
        for (int i = Grid.GlobalIndex.X; i < a.X.IntLength; i += Grid.DimX * Group.DimX)
        {
            float z = a.X[i];
            float w = a.Q[i] - z;
            float x = Of(z - w, tau);
            a.Result[i] = x;
            a.Q[i] = x + w;
        }
    }

    /// <summary>sign(x)·max(|x| − τ, 0); NaN stays NaN.</summary>
    private static float Of(float x, float tau)
    {
        float magnitude = (x < 0 ? -x : x) - tau;
        return magnitude <= 0 ? 0 : x < 0 ? -magnitude : magnitude;
    }
}
