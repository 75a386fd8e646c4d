using Mono.Unix.Native;

namespace InfAdmm.Storage;

/// <summary>The standard output streams of the process.</summary>
public static class StandardStreams
{
    // FD_CLOEXEC, which Mono.Unix does not declare.
    private const int CloseOnExec = 1;

    /// <summary>
    /// Whether the caller gave a stream that can be written to. One that was closed, as in <c>infadmm … 2&gt;&amp;-</c>, must
    /// not be used: the .NET runtime has opened a pipe or a file of its own under its number.
    /// </summary>
    /// <param name="descriptor">The number of the stream: 1 for stdout, 2 for stderr.</param>
    public static bool IsOpen(int descriptor)
    {
        if (!FileStatus.IsAvailable)
        {
            return true;
        }

        // What the runtime opens is closed on exec; what a process inherited was not.
        int flags = Syscall.fcntl(descriptor, FcntlCommand.F_GETFD);
        int mode = Syscall.fcntl(descriptor, FcntlCommand.F_GETFL);
        return flags >= 0 && (flags & CloseOnExec) == 0
            && ((OpenFlags)mode & (OpenFlags.O_WRONLY | OpenFlags.O_RDWR)) != 0;
    }
}
