using Mono.Unix.Native;

namespace InfAdmm.Storage;

/// <summary>What a path leads to, links followed.</summary>
public enum FileKind
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>An ordinary file.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A device that is written byte by byte, such as a terminal.</summary>
    CharacterDevice,

    /// <summary>A disk.</summary>
    BlockDevice,

    /// <summary>A pipe with a name (FIFO) or one between two processes.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,
}

/// <summary>Finds the kind of a file.</summary>
public static class FileKinds
{
    /// <summary>The kind of the file that a path leads to. Nothing is opened, so that a pipe cannot block.</summary>
    public static FileKind Of(string path)
    {
        if (FileStatus.Of(path) is { } status)
        {
            return (status.st_mode & FilePermissions.S_IFMT) switch
            {
                FilePermissions.S_IFREG => FileKind.Regular,
                FilePermissions.S_IFDIR => FileKind.Directory,
                FilePermissions.S_IFCHR => FileKind.CharacterDevice,
                FilePermissions.S_IFBLK => FileKind.BlockDevice,
                FilePermissions.S_IFIFO => FileKind.Pipe,
                _ => FileKind.Socket,
            };
        }

        return File.Exists(path) ? FileKind.Regular : Directory.Exists(path) ? FileKind.Directory : FileKind.Missing;
    }
}
