using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Pictures as bytes, pictures restored on other threads, and restorers that share a device.</summary>
public sealed class PixelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Catches swapped colours, a wrong offset or gap, rounding down, values that wrap around, and writing between rows.
    /// </summary>
    [Theory]
    [InlineData(PixelFormat.Rgb24, 0, PixelFormat.Bgrx32, 7)]
    [InlineData(PixelFormat.Bgr24, 5, PixelFormat.Rgb24, 0)]
    [InlineData(PixelFormat.Rgbx32, 3, PixelFormat.Rgbx32, 0)]
    [InlineData(PixelFormat.Bgrx32, 0, PixelFormat.Bgr24, 2)]
    [InlineData(PixelFormat.Gray8, 1, PixelFormat.Gray8, 3)]
    [InlineData(PixelFormat.Gray8, 0, PixelFormat.Rgbx32, 0)]
    public void Pixels_are_restored_as_values(PixelFormat format, int gap, PixelFormat restoredFormat, int restoredGap) =>
        Fixture.OnDevice(device =>
        {
            using var restorer = Restorer.Load("sr4", device);
            const int Width = 11;
            const int Height = 6;
            var packed = new PixelLayout(Width, Height, format);
            var layout = new PixelLayout(Width, Height, format, packed.RowBytes + gap);
            byte[] pixels = new byte[layout.ByteCount];
            new Random(1).NextBytes(pixels);
            int channels = format == PixelFormat.Gray8 ? 1 : 3;
            var shape = new Shape(1, channels, Height, Width);
            float[] values = new float[shape.Count];
            for (int i = 0; i < values.Length; i++)
            {
                int pixel = i % (Width * Height);
                int at = Place(format, i / (Width * Height));
                values[i] = pixels[pixel / Width * layout.RowBytes + pixel % Width * layout.BytesPerPixel + at] / 255f;
            }

            float[] expected = restorer.Restore(values, shape, cancellation: Token);
            var size = new PixelLayout(4 * Width, 4 * Height, restoredFormat);
            var restoredLayout = new PixelLayout(size.Width, size.Height, restoredFormat, size.RowBytes + restoredGap);
            byte[] restored = new byte[restoredLayout.ByteCount + 9];
            Array.Fill(restored, (byte)77);
            restorer.Restore(pixels, layout, restored, restoredLayout, cancellation: Token);
            for (int i = 0; i < restored.Length; i++)
            {
                int row = Math.Min(i / restoredLayout.RowBytes, size.Height - 1);
                int column = (i - row * restoredLayout.RowBytes) / size.BytesPerPixel;
                int at = (i - row * restoredLayout.RowBytes) % size.BytesPerPixel;
                int channel = Enumerable.Range(0, 3).FirstOrDefault(c => Place(restoredFormat, c) == at, -1);
                byte wanted = column >= size.Width ? (byte)77
                    : channel < 0 ? (byte)255
                    : Round(expected[(Math.Min(channel, channels - 1) * size.Height + row) * size.Width + column]);
                Assert.Equal(wanted, restored[i]);
            }

            static byte Round(float value) => (byte)Math.Round(255 * Math.Clamp(value, 0, 1));

            static int Place(PixelFormat format, int channel) => format switch
            {
                PixelFormat.Gray8 => 0,
                PixelFormat.Rgb24 or PixelFormat.Rgbx32 => channel,
                _ => 2 - channel,
            };
        });

    /// <summary>Catches memory that is allocated for each picture, and buffers of another size that are used again.</summary>
    [Fact]
    public void Prepared_pixels_allocate_nothing() => Fixture.OnDevice(device =>
    {
        using var restorer = Restorer.Load("color-sr2", device);
        var layout = new PixelLayout(20, 12, PixelFormat.Gray8);
        PixelLayout restoredLayout = restorer.RestoredLayout(layout);
        Assert.Equal(new PixelLayout(40, 24, PixelFormat.Rgb24), restoredLayout);
        byte[] pixels = new byte[layout.ByteCount];
        new Random(1).NextBytes(pixels);
        byte[] restored = new byte[restoredLayout.ByteCount];
        CancellationToken running = Token;
        restorer.Prepare(20, 12, running);
        Allocations.AssertNone(
            () => restorer.Restore(pixels, layout, restored, restoredLayout, cancellation: running));
        Assert.Equal(3 * 8 * 6, restorer.Restore(pixels.AsSpan(0, 12), new PixelLayout(4, 3, PixelFormat.Gray8), cancellation: running).Length);
        Assert.Equal(restored, restorer.Restore(pixels, layout, cancellation: running));
    });

    /// <summary>Catches buffers and layouts that do not fit and are read or written beyond their end, or cut.</summary>
    [Fact]
    public void What_does_not_fit_is_refused() => Fixture.OnDevice(device =>
    {
        using var restorer = Restorer.Load("sr4", device);
        var layout = new PixelLayout(8, 8, PixelFormat.Rgb24);
        byte[] pixels = new byte[layout.ByteCount];
        PixelLayout right = restorer.RestoredLayout(layout);
        Refused("measured", 191, layout, right.ByteCount, right);
        Refused("restored", 192, layout, right.ByteCount - 1, right);
        Refused("restoredLayout", 192, layout, right.ByteCount, new PixelLayout(32, 31, PixelFormat.Rgb24));
        Refused("restoredLayout", 192, layout, right.ByteCount, new PixelLayout(32, 32, PixelFormat.Gray8));
        Assert.Throws<InputException>(() => restorer.Restore(pixels, new PixelLayout(1, 8, PixelFormat.Rgb24), cancellation: Token));
        Assert.Contains("8 rows of 8 pixels in Rgb24 cannot lie 23 bytes apart", BadLayout("rowBytes", 8, 8, rowBytes: 23));
        Assert.Contains("-24 bytes apart", BadLayout("rowBytes", 8, 8, rowBytes: -24));
        Assert.Contains("1073741824 bytes apart", BadLayout("rowBytes", 8, 2, rowBytes: 1 << 30));
        Assert.Contains("0", BadLayout("width", 0, 8));
        Assert.Contains("-1", BadLayout("height", 8, -1));
        BadLayout("format", 8, 8, (PixelFormat)9);
        foreach ((int width, int height) in ((int, int)[])[(100_000, 100_000), (30_000, 18_000), (6_600, 6_600)])
        {
            // Whether its bytes or those of the restored picture are too many.
            Assert.StartsWith(
                $"a picture of {width}x{height} is too large",
                Assert.Throws<InputException>(() => restorer.RestoredLayout(new PixelLayout(width, height, PixelFormat.Gray8))).Message);
        }

        Assert.ThrowsAny<Exception>(() => restorer.Restore(pixels, default, cancellation: Token));
        Assert.Contains("sr4", Assert.Throws<InputException>(() => Restorer.Load("sr5", device)).Message);

        static string BadLayout(
            string name, int width, int height, PixelFormat format = PixelFormat.Rgb24, int rowBytes = 0)
        {
            var failure = Assert.Throws<ArgumentOutOfRangeException>(() => new PixelLayout(width, height, format, rowBytes));
            Assert.Equal(name, failure.ParamName);
            return failure.Message;
        }

        void Refused(string name, int length, PixelLayout from, int restoredLength, PixelLayout to) =>
            Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(() => restorer.Restore(
                new byte[length], from, new byte[restoredLength], to, cancellation: Token)).ParamName);
    });

    /// <summary>
    /// Catches calls that meet in one workspace, that deadlock, or that keep the next one waiting after a failure or a
    /// cancellation; and a use from another thread in between that is not refused.
    /// </summary>
    [Fact]
    public async Task Asynchronous_calls_take_turns()
    {
        using Device device = CpuDevice.Create(threads: 1);
        using var first = Restorer.Load("sr4", device);
        using var second = Restorer.Load("deblur", device);
        Picture[] pictures = [.. Enumerable.Range(0, 6).Select(i => Drawn(20 + i % 3, 24, i))];
        Picture[] expected = [.. pictures.Select((picture, i) => (i % 2 == 0 ? first : second).Restore(picture, cancellation: Token))];

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancelled = new CancellationTokenSource();
        using var blocking = new Blocking(started);
        Task<Picture> slow = first.RestoreAsync(pictures[0], blocking, Token);
        await started.Task;
        Assert.Contains("another thread", Assert.Throws<InvalidOperationException>(
            () => first.Restore(pictures[0], cancellation: Token)).Message);
        Task<Picture> waiting = first.RestoreAsync(pictures[0], cancellation: cancelled.Token);
        Task<Picture> bad = second.RestoreAsync(Drawn(1, 1, 0), cancellation: Token);
        Task<Picture>[] tasks =
            [.. pictures.Select((picture, i) => (i % 2 == 0 ? first : second).RestoreAsync(picture, cancellation: Token))];
        await cancelled.CancelAsync();
        blocking.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<InputException>(() => bad);
        Assert.Equal(expected[0].Image.Values, (await slow).Image.Values);
        foreach ((Picture picture, Task<Picture> task) in expected.Zip(tasks))
        {
            Assert.Equal(picture.Image.Values, (await task).Image.Values);
        }
    }

    /// <summary>Catches pictures in another order, progress of one picture only, and a list that fails half-way.</summary>
    [Fact]
    public void Lists_are_restored_in_order() => Fixture.OnDevice(device =>
    {
        using var restorer = Restorer.Load("sr4", device);
        Picture[] pictures = [Drawn(8, 8, 0), Drawn(12, 8, 1), Drawn(8, 8, 2)];
        var told = new List<double>();
        IReadOnlyList<Picture> restored = restorer.Restore(pictures, told.Add, Token);
        Assert.Equal(
            pictures.Select(picture => restorer.Restore(picture, cancellation: Token).Image.Values),
            restored.Select(picture => picture.Image.Values));
        Assert.Equal(told.Order(), told);
        Assert.Equal(1, told[^1]);
        Assert.True(told.Distinct().Count() > 6, "progress within a picture");
        told.Clear();
        Assert.Contains("picture 1", Assert.Throws<InputException>(
            () => restorer.Restore([pictures[0], Drawn(1, 8, 0)], told.Add, Token)).Message);
        Assert.Empty(told);
    });

    private static Picture Drawn(int width, int height, int phase)
    {
        var shape = new Shape(1, 3, height, width);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => 0.5f + 0.4f * MathF.Sin(0.3f * i + phase))];
        return new Picture(new PlanarImage(values, shape));
    }

    /// <summary>Holds up the work at the first report.</summary>
    private sealed class Blocking(TaskCompletionSource started) : IProgress<double>, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public void Report(double value)
        {
            started.TrySetResult();
            _released.Wait(Token);
        }

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();
    }
}
