using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Bench.Latency;

/// <summary>A measurement of smooth random pixels, and the memory for what it is restored to.</summary>
internal sealed class Picture
{
    private readonly Restorer _restorer;
    private readonly byte[] _pixels;
    private readonly byte[] _restored;
    private readonly PixelLayout _restoredLayout;
    private readonly float[] _values;
    private readonly float[] _restoredValues;

    public Picture(Restorer restorer, int side)
    {
        _restorer = restorer;
        Layout = new PixelLayout(side, side, restorer.Task.GreyWeights is null ? PixelFormat.Rgb24 : PixelFormat.Gray8);
        _pixels = new byte[Layout.ByteCount];
        for (int i = 0; i < _pixels.Length; i++)
        {
            _pixels[i] = (byte)(128 + 60 * Math.Sin(0.13 * (i / Layout.RowBytes)) + 60 * Math.Cos(0.05 * (i % Layout.RowBytes)));
        }

        _restoredLayout = restorer.RestoredLayout(Layout);
        _restored = new byte[_restoredLayout.ByteCount];
        Shape shape = Layout.Shape;
        _values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => 0.5f + 0.3f * MathF.Sin(0.1f * i))];
        _restoredValues = new float[restorer.RestoredShape(shape).Count];
    }

    public PixelLayout Layout { get; }

    public void Restore() => _restorer.Restore(_pixels, Layout, _restored, _restoredLayout);

    public void RestoreValues() => _restorer.Restore(_values, Layout.Shape, _restoredValues.AsSpan());
}
