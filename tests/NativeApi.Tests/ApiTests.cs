using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.NativeApi.Tests;

/// <summary>The functions behind the C API, called as compiled code calls them.</summary>
public sealed unsafe class ApiTests
{
    private const int Width = 7;
    private const int Height = 5;

    private static string Message => Marshal.PtrToStringUTF8((nint)Api.LastErrorText)!;

    /// <summary>Catches swapped arguments, and a size, a gap or a format that is lost on the way.</summary>
    [Fact]
    public void A_picture_is_restored_as_in_csharp()
    {
        const int RowBytes = 3 * Width + 4;
        const int RestoredRowBytes = 4 * 4 * Width + 8;
        byte[] measured = Pixels(RowBytes * Height);
        byte[] restored = new byte[RestoredRowBytes * 4 * Height];
        byte[] expected = new byte[restored.Length];
        using (var device = CpuDevice.Create(threads: 1))
        using (var restorer = Restorer.Load("sr4", device))
        {
            restorer.Restore(
                measured, new PixelLayout(Width, Height, PixelFormat.Bgr24, RowBytes), expected,
                new PixelLayout(4 * Width, 4 * Height, PixelFormat.Rgbx32, RestoredRowBytes),
                cancellation: TestContext.Current.CancellationToken);
        }

        ulong handle = Created("sr4");
        int w, h, channels;
        Assert.Equal(Status.Ok, Api.RestoredSize(handle, Width, Height, PixelFormat.Bgr24, &w, &h, &channels));
        Assert.Equal((4 * Width, 4 * Height, 3), (w, h, channels));
        Assert.Equal(Status.Ok, Api.Prepare(handle, Width, Height));
        fixed (byte* from = measured, to = restored)
        {
            Assert.Equal(Status.Ok, Api.Restore(
                handle, from, (nuint)measured.Length, Width, Height, RowBytes, PixelFormat.Bgr24,
                to, (nuint)restored.Length, RestoredRowBytes, PixelFormat.Rgbx32));
        }

        Assert.Equal(expected, restored);
        Assert.Equal("", Message);
        Assert.Equal(Status.Ok, Api.Destroy(handle));
    }

    /// <summary>Catches a grey picture that is said to stay grey where the task gives colour, and the reverse.</summary>
    [Theory]
    [InlineData("color-sr2", 2, 3)]
    [InlineData("mnist-sr4", 4, 1)]
    [InlineData("deblur", 1, 1)]
    public void The_task_decides_size_and_colour(string task, int stride, int expected)
    {
        ulong handle = Created(task);
        int w, h, channels;
        Assert.Equal(Status.Ok, Api.RestoredSize(handle, 20, 16, PixelFormat.Gray8, &w, &h, &channels));
        Assert.Equal((20 * stride, 16 * stride, expected), (w, h, channels));
        Assert.Equal(Status.Ok, Api.Destroy(handle));
    }

    /// <summary>Catches arguments that throw, that crash, or that are accepted; and results that are written all the same.</summary>
    [Fact]
    public void Bad_arguments_are_refused()
    {
        ulong handle = 77;
        Refused("task is a null pointer", Api.Create(null, 1, &handle));
        Refused("threads is -1: it must be 0 to 1024", Create("sr4", -1, &handle));
        Refused("threads is 1025", Create("sr4", 1025, &handle));
        Refused("unknown task 'sr5': choose from", Create("sr5", 1, &handle));
        Refused("unknown task '×4'", Create("×4", 1, &handle));
        Refused("restorer is a null pointer", Create("sr4", 1, null));
        Assert.Equal(77UL, handle);

        handle = Created("sr4");
        int w = 1, h = 2, channels = 3;
        Refused("width", Api.Prepare(handle, 0, 5));
        Refused("height", Api.Prepare(handle, 5, -1));
        Refused("width", Api.RestoredSize(handle, 0, 5, PixelFormat.Rgb24, &w, &h, &channels));
        Refused("height", Api.RestoredSize(handle, 5, -1, PixelFormat.Rgb24, &w, &h, &channels));
        Refused("format", Api.RestoredSize(handle, 5, 5, (PixelFormat)5, &w, &h, &channels));
        Refused("restored_width", Api.RestoredSize(handle, 5, 5, PixelFormat.Rgb24, null, &h, &channels));
        Refused("restored_height", Api.RestoredSize(handle, 5, 5, PixelFormat.Rgb24, &w, null, &channels));
        Refused("restored_channels", Api.RestoredSize(handle, 5, 5, PixelFormat.Rgb24, &w, &h, null));
        Assert.Equal((1, 2, 3), (w, h, channels));

        byte[] measured = Pixels(3 * Width * Height);
        byte[] restored = new byte[16 * 3 * Width * Height];
        fixed (byte* from = measured, to = restored)
        {
            Refused("measured is a null", Restore(handle, null, measured.Length, 0, to, restored.Length, 0));
            Refused("restored is a null", Restore(handle, from, measured.Length, 0, null, restored.Length, 0));
            Refused("measured", Restore(handle, from, measured.Length - 1, 0, to, restored.Length, 0));
            Refused("measured", Restore(handle, from, 0, 0, to, restored.Length, 0));
            Refused("restored", Restore(handle, from, measured.Length, 0, to, restored.Length - 1, 0));
            Refused("rowBytes", Restore(handle, from, measured.Length, 3 * Width - 1, to, restored.Length, 0));
            Refused("rowBytes", Restore(handle, from, measured.Length, 0, to, restored.Length, 12 * Width - 1));
            Refused("rowBytes", Restore(handle, from, measured.Length, -1, to, restored.Length, 0));
            Refused("measured", Restore(handle, from, measured.Length, 3 * Width + 1, to, restored.Length, 0));
            Refused("colour", Restore(handle, from, measured.Length, 0, to, restored.Length, 0, PixelFormat.Gray8));
            Refused("format", Restore(handle, from, measured.Length, 0, to, restored.Length, 0, (PixelFormat)(-1)));
        }

        Assert.All(restored, value => Assert.Equal(0, value));
        Assert.Equal(Status.Ok, Api.Destroy(handle));

        static Status Create(string task, int threads, ulong* handle)
        {
            nint name = Marshal.StringToCoTaskMemUTF8(task);
            Status status = Api.Create((byte*)name, threads, handle);
            Marshal.FreeCoTaskMem(name);
            return status;
        }

        static Status Restore(
            ulong handle, byte* from, int count, int rowBytes, byte* to, int restoredCount, int restoredRowBytes,
            PixelFormat restoredFormat = PixelFormat.Rgb24) => Api.Restore(
                handle, from, (nuint)count, Width, Height, rowBytes, PixelFormat.Rgb24,
                to, (nuint)restoredCount, restoredRowBytes, restoredFormat);

        static void Refused(string message, Status status)
        {
            Assert.Equal(Status.BadArgument, status);
            Assert.Contains(message, Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Catches a picture that the task cannot have and that is reported as a bad argument or as a bug.</summary>
    [Fact]
    public void Pictures_that_cannot_be_restored_are_refused()
    {
        ulong handle = Created("color-sr2");
        int w, h, channels;
        Refused("grey", Api.RestoredSize(handle, 20, 20, PixelFormat.Rgb24, &w, &h, &channels));
        Refused("too small", Api.RestoredSize(handle, 1, 20, PixelFormat.Gray8, &w, &h, &channels));
        Refused("too large", Api.RestoredSize(handle, 20_000, 20_000, PixelFormat.Gray8, &w, &h, &channels));
        Refused("too large", Api.RestoredSize(handle, 100_000, 100_000, PixelFormat.Gray8, &w, &h, &channels));
        Refused("too large", Api.Prepare(handle, 100_000, 100_000));
        Refused("too large", Api.Prepare(handle, 20_000, 20_000));
        Refused("too small", Api.Prepare(handle, 1, 1));
        Assert.Equal(Status.Ok, Api.Destroy(handle));

        static void Refused(string message, Status status)
        {
            Assert.Equal(Status.CannotBeRestored, status);
            Assert.Contains(message, Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Catches handles that are used again, dereferenced, or freed twice.</summary>
    [Fact]
    public void Wrong_handles_are_refused()
    {
        ulong destroyed = Created("mnist-sr4");
        Assert.Equal(Status.Ok, Api.Destroy(destroyed));
        ulong other = Created("mnist-sr4");
        Assert.NotEqual(destroyed, other);
        byte pixel;
        int size;
        foreach (ulong wrong in (ulong[])[0, destroyed, ulong.MaxValue, (ulong)(nint)(&pixel)])
        {
            Status[] results =
            [
                Api.Prepare(wrong, 8, 8),
                Api.RestoredSize(wrong, 8, 8, PixelFormat.Gray8, &size, &size, &size),
                Api.Restore(wrong, &pixel, 1, 1, 1, 0, PixelFormat.Gray8, &pixel, 1, 0, PixelFormat.Gray8),
                Api.Destroy(wrong),
            ];
            Assert.All(results, result => Assert.Equal(Status.BadHandle, result));
            Assert.Contains(wrong == destroyed ? "was destroyed" : "there is no restorer", Message, StringComparison.Ordinal);
        }

        Assert.Equal(Status.Ok, Api.Prepare(other, 8, 8));
        Assert.Equal(Status.Ok, Api.Destroy(other));
    }

    /// <summary>
    /// Catches a second thread that uses or frees what a first one works on, and a restorer that stays busy afterwards.
    /// </summary>
    [Fact]
    public void A_restorer_in_use_is_busy()
    {
        ulong handle = Created("mnist-sr4");
        Api.Restorers.Find(handle).Enter();
        Status[] results = [];
        string message = "";
        OnThread(() =>
        {
            byte pixel = 1;
            results =
            [
                Api.Prepare(handle, 8, 8),
                Api.Restore(handle, &pixel, 1, 1, 1, 0, PixelFormat.Gray8, &pixel, 1, 0, PixelFormat.Gray8),
                Api.Destroy(handle),
            ];
            message = Message;
        });
        Assert.All(results, result => Assert.Equal(Status.Busy, result));
        Assert.Contains("another thread", message, StringComparison.Ordinal);
        Api.Restorers.Find(handle).Leave();
        Assert.Equal(Status.CannotBeRestored, Api.Prepare(handle, 1, 1));
        OnThread(() => results = [Api.Prepare(handle, 8, 8), Api.Destroy(handle)]);
        Assert.Equal([Status.Ok, Status.Ok], results);
    }

    /// <summary>Catches one message for all threads, and a message that a collection moves or frees.</summary>
    [Fact]
    public void Each_thread_has_its_message()
    {
        Assert.Equal(Status.BadHandle, Api.Destroy(ulong.MaxValue));
        byte* mine = Api.LastErrorText;
        string before = Message;
        OnThread(() =>
        {
            Assert.Equal("", Message);
            Assert.Equal(Status.BadArgument, Api.Create(null, 0, null));
            Assert.Contains("task", Message, StringComparison.Ordinal);
        });
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        Assert.Equal(before, Message);
        Assert.True(mine == Api.LastErrorText);
        ulong handle = Created("mnist-sr4");
        Assert.Equal("", Message);
        Assert.Equal(Status.Ok, Api.Destroy(handle));
    }

    /// <summary>Catches failures that get a wrong status: a bug that looks like bad input, or the reverse.</summary>
    [Fact]
    public void Failures_are_told_apart()
    {
        Assert.Equal(Status.CannotBeRestored, LastError.Set(new InputException("x")));
        Assert.Equal(Status.BadArgument, LastError.Set(new InputException("x"), Status.BadArgument));
        Assert.Equal(Status.BadArgument, LastError.Set(new ShapeException("x")));
        Assert.Equal(Status.Diverged, LastError.Set(new ArithmeticException("x")));
        Assert.Equal("x", Message);
        Assert.Equal(Status.Internal, LastError.Set(new OverflowException("x")));
        Assert.Equal(Status.Internal, LastError.Set(new DeviceException("x")));
        Assert.Equal(Status.Internal, LastError.Set(new InvalidOperationException("x")));
        Assert.Contains(nameof(InvalidOperationException), Message, StringComparison.Ordinal);
        Assert.Equal(Status.OutOfMemory, LastError.Set(new DeviceException("x") { IsOutOfMemory = true }));
        Assert.Equal(Status.OutOfMemory, LastError.Set(new InsufficientMemoryException("x")));
        Assert.Contains("out of memory", Message, StringComparison.Ordinal);
        Assert.Equal(Status.Ok, LastError.Clear());
        Assert.Equal("", Message);
    }

    /// <summary>Catches an empty version, and a level that is not that of the vectors in use.</summary>
    [Fact]
    public void Version_and_level_are_stated()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", Marshal.PtrToStringUTF8((nint)Api.Version));
        string expected = CpuDevice.WidestWidth switch
        {
            SimdWidth.Bits512 => "x86-64-v4",
            SimdWidth.Bits256 => "x86-64-v3",
            SimdWidth.Bits128 => "x86-64-v2",
            _ => "x86-64",
        };
        Assert.Equal(expected, Marshal.PtrToStringUTF8((nint)Api.Level));
    }

    private static ulong Created(string task)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(task);
        ulong handle;
        Status status = Api.Create((byte*)name, 1, &handle);
        Marshal.FreeCoTaskMem(name);
        Assert.True(status == Status.Ok, Message);
        Assert.NotEqual(0UL, handle);
        return handle;
    }

    private static void OnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static byte[] Pixels(int count)
    {
        byte[] pixels = new byte[count];
        new Random(1).NextBytes(pixels);
        return pixels;
    }
}
