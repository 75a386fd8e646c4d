using InfAdmm.Engine;

namespace InfAdmm.Storage;

/// <summary>Opens files to read, whatever a path leads to.</summary>
public static class InputFile
{
    /// <summary>The most bytes that are read from a pipe.</summary>
    public const long LargestPipe = int.MaxValue - 1024;

    /// <summary>
    /// Opens a file at its start, as a stream with a length and positions. A pipe or a terminal is read to its end first.
    /// </summary>
    /// <exception cref="InputException">The path leads to a directory, a disk or a socket, or a pipe is too long.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled while a pipe was empty.</exception>
    public static Stream OpenRead(string path)
    {
        switch (FileKinds.Of(path))
        {
            case FileKind.Directory:
                throw new InputException($"'{path}' cannot be read: it is a folder; give the files in it");
            case FileKind.BlockDevice or FileKind.Socket:
                throw new InputException($"'{path}' cannot be read: it is a disk or a socket; give a file");
            case FileKind.Pipe or FileKind.CharacterDevice:
                return FileScope.Wait(() => ReadToEnd(path));

            default:
                return File.OpenRead(path);
        }
    }

    /// <summary>Reads a file completely.</summary>
    /// <exception cref="InputException">As for <see cref="OpenRead"/>, or the file exceeds 2 GiB.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using Stream stream = OpenRead(path);
        if (stream.Length > Array.MaxLength)
        {
            throw new InputException($"'{path}' cannot be read: it exceeds 2 GiB; give a smaller file");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads the lines of a text file.</summary>
    /// <exception cref="InputException">As for <see cref="OpenRead"/>.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(OpenRead(path));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static MemoryStream ReadToEnd(string path)
    {
        using var pipe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var contents = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = pipe.Read(buffer)) > 0;)
        {
            if (contents.Length + read > LargestPipe)
            {
                throw new InputException($"'{path}' cannot be read: more than 2 GiB come from the pipe; give a file");
            }

            contents.Write(buffer, 0, read);
        }

        contents.Position = 0;
        return contents;
    }
}
