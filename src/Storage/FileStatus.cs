using Mono.Unix.Native;

namespace InfAdmm.Storage;

/// <summary>The system's record of a file, which .NET does not show: its kind, its device and its number.</summary>
internal static class FileStatus
{
    /// <summary>Whether the system has such records.</summary>
    public static bool IsAvailable { get; } = Probe();

    /// <summary>
    /// The record of the file that a path leads to, links followed; null if there is none, or no such records, as on
    /// Windows.
    /// </summary>
    public static Stat? Of(string path) =>
        IsAvailable && Syscall.stat(path, out Stat status) == 0 ? status : null;

    /// <summary>
    /// Asks the disk to keep what was renamed in a directory, as far as the file system can. Windows has no such call.
    /// </summary>
    public static void Flush(string directory)
    {
        if (!IsAvailable)
        {
            return;
        }

        int handle = Syscall.open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (handle >= 0)
        {
            _ = Syscall.fsync(handle);
            _ = Syscall.close(handle);
        }
    }

    private static bool Probe()
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        try
        {
            return Syscall.stat("/", out _) == 0;
        }
        catch (Exception failure) when (
            failure is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException)
        {
            return false;
        }
    }
}
