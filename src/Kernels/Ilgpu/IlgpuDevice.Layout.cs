using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>Ops that move elements: channels, pixel shuffle, windows. One thread per element of the result.</remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void CopyChannelsCore(Tensor x, int from, int count, Tensor y, int to)
    {
        int copied = x.Shape.N * count * x.Shape.PlaneSize;
        Launch(LayoutKernels.CopyChannels, Elements(copied), new CopyChannelsArguments(
            View(x), View(y), copied, count * x.Shape.PlaneSize, x.Shape.C * x.Shape.PlaneSize,
            y.Shape.C * x.Shape.PlaneSize, from * x.Shape.PlaneSize, to * x.Shape.PlaneSize));
    }

    /// <inheritdoc/>
    protected override void PixelShuffleCore(Tensor x, int factor, Tensor y) => Shuffle(x, factor, y, inverse: 0);

    /// <inheritdoc/>
    protected override void PixelUnshuffleCore(Tensor y, int factor, Tensor x) => Shuffle(x, factor, y, inverse: 1);

    /// <inheritdoc/>
    protected override void WindowCore(Tensor x, int top, int left, Tensor y) =>
        Launch(LayoutKernels.Window, Elements(y.Count), new WindowArguments(
            View(x), View(y), x.Shape.H, x.Shape.W, top, left, y.Shape.H, y.Shape.W));

    private void Shuffle(Tensor x, int factor, Tensor y, int inverse) =>
        Launch(LayoutKernels.PixelShuffle, Elements(x.Count), new ShuffleArguments(
            View(x), View(y), factor, y.Shape.C, y.Shape.H, y.Shape.W, inverse));
}

internal readonly record struct CopyChannelsArguments(
    ArrayView<float> X, ArrayView<float> Y, int Count, int Run, int SourceImage, int TargetImage, int From, int To);

internal readonly record struct ShuffleArguments(
    ArrayView<float> X, ArrayView<float> Y, int Factor, int Channels, int Height, int Width, int Inverse);

internal readonly record struct WindowArguments(
    ArrayView<float> X, ArrayView<float> Y, int Height, int Width, int Top, int Left, int YHeight, int YWidth);

internal static class LayoutKernels
{
    public static void CopyChannels(CopyChannelsArguments a)
    {
        for (int i = Grid.GlobalIndex.X; i < a.Count; i += Grid.DimX * Group.DimX)
        {
            int image = i / a.Run;
            int offset = i % a.Run;
            a.Y[image * a.TargetImage + a.To + offset] = a.X[image * a.SourceImage + a.From + offset];
        }
    }

    /// <summary>y[n, c, i, j] corresponds to x[n, (c·f + i%f)·f + j%f, i/f, j/f].</summary>
    public static void PixelShuffle(ShuffleArguments a)
    {
        for (int index = Grid.GlobalIndex.X; index < a.X.IntLength; index += Grid.DimX * Group.DimX)
        {
            int j = index % a.Width;
            int i = index / a.Width % a.Height;
            int plane = index / a.Width / a.Height;
            int f = a.Factor;
            int packedPlane = (plane * f + i % f) * f + j % f;
            int packed = packedPlane * (a.Height / f) * (a.Width / f) + i / f * (a.Width / f) + j / f;
            if (a.Inverse != 0)
            {
                a.X[packed] = a.Y[index];
            }
            else
            {
                a.Y[index] = a.X[packed];
            }
        }
    }

    public static void Window(WindowArguments a)
    {
        for (int index = Grid.GlobalIndex.X; index < a.Y.IntLength; index += Grid.DimX * Group.DimX)
        {
            int j = index % a.YWidth;
            int i = index / a.YWidth % a.YHeight;
            int plane = index / a.YWidth / a.YHeight;
            int row = Clamped((long)a.Top + i, a.Height);
            int column = Clamped((long)a.Left + j, a.Width);
            a.Y[index] = a.X[(plane * a.Height + row) * a.Width + column];
        }
    }

    private static int Clamped(long place, int count) =>
        place < 0 ? 0 : place < count ? (int)place : count - 1;
}
