using System.Runtime.InteropServices;

namespace InfAdmm.Bench.Native;

/// <summary>A restorer of the C library (infadmm.h).</summary>
internal sealed unsafe class NativeRestorer : IDisposable
{
    private readonly delegate* unmanaged<byte*> _lastError;
    private readonly delegate* unmanaged<ulong, byte*, nuint, int, int, int, int, byte*, nuint, int, int, int> _restore;
    private readonly delegate* unmanaged<ulong, int, int, int, int*, int*, int*, int> _restoredSize;
    private readonly delegate* unmanaged<ulong, int> _destroy;
    private readonly ulong _handle;

    public NativeRestorer(string library, string task, int threads)
    {
        nint loaded = NativeLibrary.Load(Path.GetFullPath(library));
        nint Export(string name) => NativeLibrary.GetExport(loaded, $"infadmm_{name}");
        _lastError = (delegate* unmanaged<byte*>)Export("last_error");
        _restore = (delegate* unmanaged<ulong, byte*, nuint, int, int, int, int, byte*, nuint, int, int, int>)Export("restore");
        _restoredSize = (delegate* unmanaged<ulong, int, int, int, int*, int*, int*, int>)Export("restored_size");
        _destroy = (delegate* unmanaged<ulong, int>)Export("destroy");
        var create = (delegate* unmanaged<byte*, int, ulong*, int>)Export("create");
        nint name = Marshal.StringToCoTaskMemUTF8(task);
        ulong handle;
        int status = create((byte*)name, threads, &handle);
        Marshal.FreeCoTaskMem(name);
        Check(status);
        _handle = handle;
        Level = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)Export("level"))())!;
    }

    /// <summary>The level of x86-64 that the library uses.</summary>
    public string Level { get; }

    /// <summary>Restores a picture of bytes in red, green, blue.</summary>
    public void Restore(byte[] measured, int width, int height, byte[] restored)
    {
        const int Rgb24 = 1;
        fixed (byte* from = measured, to = restored)
        {
            Check(_restore(
                _handle, from, (nuint)measured.Length, width, height, 0, Rgb24, to, (nuint)restored.Length, 0, Rgb24));
        }
    }

    /// <summary>A call that computes almost nothing.</summary>
    public void RestoredSize(int width, int height)
    {
        int size;
        Check(_restoredSize(_handle, width, height, 1, &size, &size, &size));
    }

    public void Dispose() => Check(_destroy(_handle));

    private void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)_lastError()));
        }
    }
}
