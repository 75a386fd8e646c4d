using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>A separable window on each plane. One thread per element; bound by memory.</remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void TaperCore(
        Tensor x, Tensor rowWeights, Tensor columnWeights, float scale, Tensor? addend, Tensor y) =>
        Launch(TaperKernels.Taper, Elements(y.Count), new TaperArguments(
            View(x), View(rowWeights), View(columnWeights), ViewOr(addend, y), View(y), x.Shape.H, x.Shape.W,
            addend is null ? 0 : 1, scale));
}

internal readonly record struct TaperArguments(
    ArrayView<float> X, ArrayView<float> RowWeights, ArrayView<float> ColumnWeights, ArrayView<float> Addend,
    ArrayView<float> Y, int Height, int Width, int HasAddend, float Scale);

internal static class TaperKernels
{
    public static void Taper(TaperArguments a)
    {
        for (int index = Grid.GlobalIndex.X; index < a.Y.IntLength; index += Grid.DimX * Group.DimX)
        {
            float weight = a.Scale * a.RowWeights[index / a.Width % a.Height] * a.ColumnWeights[index % a.Width];
            float added = a.HasAddend != 0 ? a.Addend[index] : 0;
            a.Y[index] = weight * a.X[index] + added;
        }
    }
}
