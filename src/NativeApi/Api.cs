using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.NativeApi;

/// <summary>
/// The functions of infadmm.h, which documents them. None throws: each catches everything and returns a
/// <see cref="Status"/>.
/// </summary>
internal static unsafe class Api
{
    private const int MostThreads = 1024;

    private static readonly byte[] VersionText = FindVersion();

    /// <summary>The restorers that exist.</summary>
    public static HandleTable Restorers { get; } = new();

    public static byte* Version => Address(VersionText);

    /// <summary>The widest vectors that this build uses decide, so that a build without the intended ones shows.</summary>
    public static byte* Level => Address(CpuDevice.WidestWidth switch
    {
        SimdWidth.Bits512 => "x86-64-v4\0"u8,
        SimdWidth.Bits256 => "x86-64-v3\0"u8,
        SimdWidth.Bits128 => "x86-64-v2\0"u8,
        _ => "x86-64\0"u8,
    });

    public static byte* LastErrorText => LastError.Text;

    public static Status Create(byte* task, int threads, ulong* restorer)
    {
        try
        {
            CheckPointer(task, nameof(task));
            CheckPointer(restorer, nameof(restorer));
            if (threads is < 0 or > MostThreads)
            {
                throw new CallException(Status.BadArgument, $"threads is {threads}: it must be 0 to {MostThreads}");
            }

            *restorer = Restorers.Add(new RestorerHandle(Marshal.PtrToStringUTF8((nint)task)!, threads));
            return LastError.Clear();
        }
        catch (Exception failure)
        {
            return LastError.Set(failure, forInput: Status.BadArgument);
        }
    }

    public static Status Prepare(ulong restorer, int width, int height)
    {
        try
        {
            RestorerHandle used = Restorers.Find(restorer);
            _ = new PixelLayout(width, height, PixelFormat.Gray8);
            used.Enter();
            try
            {
                used.Restorer.Prepare(width, height);
            }
            finally
            {
                used.Leave();
            }

            return LastError.Clear();
        }
        catch (Exception failure)
        {
            return LastError.Set(failure);
        }
    }

    public static Status RestoredSize(
        ulong restorer, int width, int height, PixelFormat format,
        int* restoredWidth, int* restoredHeight, int* restoredChannels)
    {
        try
        {
            Restorer used = Restorers.Find(restorer).Restorer;
            CheckPointer(restoredWidth, "restored_width");
            CheckPointer(restoredHeight, "restored_height");
            CheckPointer(restoredChannels, "restored_channels");
            PixelLayout restored = used.RestoredLayout(new PixelLayout(width, height, format));
            *restoredWidth = restored.Width;
            *restoredHeight = restored.Height;
            *restoredChannels = restored.Shape.C;
            return LastError.Clear();
        }
        catch (Exception failure)
        {
            return LastError.Set(failure);
        }
    }

    public static Status Restore(
        ulong restorer, byte* measured, nuint measuredBytes, int width, int height, int rowBytes, PixelFormat format,
        byte* restored, nuint restoredBytes, int restoredRowBytes, PixelFormat restoredFormat)
    {
        try
        {
            RestorerHandle used = Restorers.Find(restorer);
            CheckPointer(measured, nameof(measured));
            CheckPointer(restored, nameof(restored));
            used.Enter();
            try
            {
                var layout = new PixelLayout(width, height, format, rowBytes);
                PixelLayout packed = used.Restorer.RestoredLayout(layout);
                var restoredLayout = new PixelLayout(packed.Width, packed.Height, restoredFormat, restoredRowBytes);
                used.Restorer.Restore(
                    Bytes(measured, measuredBytes), layout, Bytes(restored, restoredBytes), restoredLayout);
            }
            finally
            {
                used.Leave();
            }

            return LastError.Clear();
        }
        catch (Exception failure)
        {
            return LastError.Set(failure);
        }
    }

    public static Status Destroy(ulong restorer)
    {
        try
        {
            Restorers.Destroy(restorer);
            return LastError.Clear();
        }
        catch (Exception failure)
        {
            return LastError.Set(failure);
        }
    }

    private static void CheckPointer(void* pointer, string name)
    {
        if (pointer is null)
        {
            throw new CallException(Status.BadArgument, $"{name} is a null pointer");
        }
    }

    /// <summary>The memory of a caller; a layout never reaches beyond the longest span.</summary>
    private static Span<byte> Bytes(byte* start, nuint count) => new(start, (int)nuint.Min(count, int.MaxValue));

    private static byte[] FindVersion()
    {
        string text = typeof(Api).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
        byte[] bytes = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(text) + 1, pinned: true);
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    private static byte* Address(ReadOnlySpan<byte> pinned) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pinned));
}
