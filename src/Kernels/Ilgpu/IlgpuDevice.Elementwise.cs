using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Elementwise ops y = f(x, x2; two scalars), with f a small struct. Each thread loops over the elements with the
/// stride of the whole grid. Bound by memory.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void CopyCore(Tensor x, Tensor y) => Map<IdentityTerm>(x, x, y);

    /// <inheritdoc/>
    protected override void FillCore(float value, Tensor y) => Map<ConstantTerm>(y, y, y, value);

    /// <inheritdoc/>
    protected override void CombineCore(float alpha, Tensor x, float beta, Tensor y, Tensor result) =>
        Map<CombinationTerm>(x, y, result, alpha, beta);

    /// <inheritdoc/>
    protected override void ScaleCore(float alpha, Tensor x, Tensor y) => Map<ScaleTerm>(x, x, y, alpha);

    /// <inheritdoc/>
    protected override void ReluCore(Tensor x, Tensor y) => Map<LeakyReluTerm>(x, x, y, 0);

    /// <inheritdoc/>
    protected override void ReluBackwardCore(Tensor y, Tensor gy, Tensor gx) =>
        Map<LeakyReluGradientTerm>(y, gy, gx, 0);

    /// <inheritdoc/>
    protected override void LeakyReluCore(Tensor x, float slope, Tensor y) => Map<LeakyReluTerm>(x, x, y, slope);

    /// <inheritdoc/>
    protected override void LeakyReluBackwardCore(Tensor y, Tensor gy, float slope, Tensor gx) =>
        Map<LeakyReluGradientTerm>(y, gy, gx, slope);

    /// <inheritdoc/>
    protected override void SigmoidCore(Tensor x, Tensor y) => Map<SigmoidTerm>(x, x, y);

    /// <inheritdoc/>
    protected override void SigmoidBackwardCore(Tensor y, Tensor gy, Tensor gx) => Map<SigmoidGradientTerm>(y, gy, gx);

    /// <inheritdoc/>
    protected override void AbsoluteDistanceBackwardCore(float scale, Tensor x, Tensor y, Tensor gx) =>
        Map<SignTerm>(x, y, gx, scale);

    private void Map<TTerm>(Tensor x, Tensor y, Tensor result, float alpha = 0, float beta = 0)
        where TTerm : struct, IElementwiseTerm =>
        Launch(ElementwiseKernels.Map<TTerm>, Elements(result.Count),
            new MapArguments(View(x), View(y), View(result), alpha, beta));
}

/// <summary>The arguments of an elementwise kernel.</summary>
internal readonly record struct MapArguments(
    ArrayView<float> X, ArrayView<float> Y, ArrayView<float> Result, float Alpha, float Beta);

/// <summary>The function that an elementwise op computes.</summary>
internal interface IElementwiseTerm
{
    /// <summary>The result for the elements x and y and the scalars of the op.</summary>
    float Apply(float x, float y, float alpha, float beta);
}

/// <summary>The loop of all elementwise ops.</summary>
internal static class ElementwiseKernels
{
    public static void Map<TTerm>(MapArguments a)
        where TTerm : struct, IElementwiseTerm
    {
        TTerm term = default;
        for (int i = Grid.GlobalIndex.X; i < a.Result.IntLength; i += Grid.DimX * Group.DimX)
        {
            a.Result[i] = term.Apply(a.X[i], a.Y[i], a.Alpha, a.Beta);
        }
    }
}

internal readonly struct IdentityTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => x;
}

internal readonly struct ConstantTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => alpha;
}

internal readonly struct CombinationTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => alpha * x + beta * y;
}

internal readonly struct ScaleTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => alpha * x;
}

/// <summary>ReLU for a slope of 0, except at infinities, whose product with 0 is NaN.</summary>
internal readonly struct LeakyReluTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => x < 0 ? (alpha == 0 ? 0 : alpha * x) : x;
}

internal readonly struct LeakyReluGradientTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => x > 0 ? y : (alpha == 0 ? 0 : alpha * y);
}

internal readonly struct SigmoidTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => Of(x);

    /// <summary>Uses e to a negative power for either sign, so nothing overflows.</summary>
    public static float Of(float x)
    {
        float e = Arithmetic.Exp(x < 0 ? x : -x);
        return x < 0 ? e / (1 + e) : 1 / (1 + e);
    }
}

internal readonly struct SigmoidGradientTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => y * x * (1 - x);
}

internal readonly struct SignTerm : IElementwiseTerm
{
    public float Apply(float x, float y, float alpha, float beta) => x > y ? alpha : x < y ? -alpha : alpha * (x - y);
}
