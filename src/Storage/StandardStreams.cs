using InfAdmm.Engine;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace InfAdmm.Storage;

/// <summary>The standard streams of the process.</summary>
public static class StandardStreams
{
    // FD_CLOEXEC, which Mono.Unix does not declare.
    private const int CloseOnExec = 1;

    // EPIPE, which .NET uses as the HResult of an IOException.
    private const int BrokenPipe = 32;

    /// <summary>
    /// Whether the caller gave a stream that can be used. One that was closed, as in <c>infadmm … 2&gt;&amp;-</c>, must
    /// not be used: the .NET runtime has opened a pipe or a file of its own under its number.
    /// </summary>
    /// <param name="descriptor">The number of the stream: 0 for stdin, 1 for stdout, 2 for stderr.</param>
    public static bool IsOpen(int descriptor)
    {
        if (!FileStatus.IsAvailable)
        {
            return true;
        }

        // What the runtime opens is closed on exec; what a process inherited was not.
        int flags = Syscall.fcntl(descriptor, FcntlCommand.F_GETFD);
        int mode = Syscall.fcntl(descriptor, FcntlCommand.F_GETFL);
        OpenFlags access = (OpenFlags)mode & (OpenFlags.O_WRONLY | OpenFlags.O_RDWR);
        return flags >= 0 && (flags & CloseOnExec) == 0
            && access != (descriptor == 0 ? OpenFlags.O_WRONLY : OpenFlags.O_RDONLY);
    }

    /// <summary>Opens stdin for bytes.</summary>
    /// <exception cref="InputException">It is closed or a terminal.</exception>
    public static Stream OpenInput() => !IsOpen(0)
        ? throw new InputException("stdin is closed: pipe a file or the output of another program into it")
        : !Console.IsInputRedirected
        ? throw new InputException("stdin is a terminal: pipe a file or the output of another program into it")
        : Console.OpenStandardInput();

    /// <summary>
    /// Opens stdout for bytes. Writing to a pipe that its reader has closed fails (<see cref="IsClosedPipe"/>).
    /// </summary>
    /// <exception cref="InputException">It is closed or a terminal.</exception>
    public static Stream OpenOutput()
    {
        if (!IsOpen(1) || !Console.IsOutputRedirected)
        {
            throw new InputException(
                $"stdout is {(IsOpen(1) ? "a terminal" : "closed")}: redirect it to a file or into another program");
        }

        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        // The console's stream ignores a closed pipe. A FileStream does not, but it would not move the position in a file
        // that the programs of a script share.
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>Whether writing failed because the reader of the pipe has closed it.</summary>
    public static bool IsClosedPipe(IOException failure) => !OperatingSystem.IsWindows() && failure.HResult == BrokenPipe;
}
