using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.NativeApi;

/// <summary>What went wrong in the last call of each thread.</summary>
internal static unsafe class LastError
{
    // In the data of the program, so that reporting a lack of memory allocates nothing.
    private static ReadOnlySpan<byte> TooLittleMemory => "out of memory: use a smaller picture, or fewer restorers\0"u8;

    private static ReadOnlySpan<byte> None => "\0"u8;

    // Pinned, since callers have its address. It lives as long as its thread, or until the thread's next call.
    [ThreadStatic]
    private static byte[]? _message;

    [ThreadStatic]
    private static bool _isOutOfMemory;

    /// <summary>The message of this thread: UTF-8 that ends with a zero, empty after success.</summary>
    public static byte* Text => Address(_isOutOfMemory ? TooLittleMemory : _message is { } message ? message : None);

    /// <summary>Ends a call that succeeded.</summary>
    public static Status Clear()
    {
        _message = null;
        _isOutOfMemory = false;
        return Status.Ok;
    }

    /// <summary>Ends a call that failed.</summary>
    /// <param name="failure">The reason.</param>
    /// <param name="forInput">The result if the reason is an <see cref="InputException"/>.</param>
    public static Status Set(Exception failure, Status forInput = Status.CannotBeRestored)
    {
        Status status = StatusOf(failure, forInput);
        _message = null;
        _isOutOfMemory = status == Status.OutOfMemory;
        if (_isOutOfMemory)
        {
            return status;
        }

        try
        {
            string text = status == Status.Internal ? failure.ToString() : failure.Message;
            byte[] message = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(text) + 1, pinned: true);
            Encoding.UTF8.GetBytes(text, message);
            _message = message;
        }
        catch (OutOfMemoryException)
        {
            _isOutOfMemory = true;
        }

        return status;
    }

    // DivideByZeroException and OverflowException are ArithmeticExceptions, but not those of an iteration.
    private static Status StatusOf(Exception failure, Status forInput) => failure switch
    {
        CallException refused => refused.Status,
        InputException => forInput,
        OutOfMemoryException or DeviceException { IsOutOfMemory: true } => Status.OutOfMemory,
        ArgumentException => Status.BadArgument,
        _ when failure.GetType() == typeof(ArithmeticException) => Status.Diverged,
        _ => Status.Internal,
    };

    private static byte* Address(ReadOnlySpan<byte> pinned) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pinned));
}
