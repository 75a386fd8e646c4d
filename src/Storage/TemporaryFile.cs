namespace InfAdmm.Storage;

/// <summary>
/// A new file with a name of its own, open and locked while it is written. Disposed before it is moved, it is deleted.
/// After a killed process it stays, unlocked: that is how <see cref="RemoveAbandoned"/> recognises it.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private const string Prefix = ".infadmm-";
    private const string Suffix = ".tmp";
    private const int Attempts = 4;

    private bool _isMoved;

    private TemporaryFile(string path)
    {
        Path = path;

        // A shared lock on Unix; on Windows the file can be renamed while it is open.
        Stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Delete);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes its contents.</summary>
    public FileStream Stream { get; }

    /// <summary>Creates a file in a directory.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static TemporaryFile Create(string directory)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                var created = new TemporaryFile(
                    System.IO.Path.Combine(directory, $"{Prefix}{System.IO.Path.GetRandomFileName()}{Suffix}"));
                if (File.Exists(created.Path))
                {
                    return created;
                }

                // Another process took it for abandoned in the moment between creation and lock.
                created.Dispose();
            }
            catch (IOException) when (attempt < Attempts && Directory.Exists(directory))
            {
                // Locked by such a process in that moment.
            }
        }
    }

    /// <summary>
    /// Deletes the temporary files that processes left in a directory when they were killed; once in a run
    /// (<see cref="FileScope"/>).
    /// </summary>
    public static void RemoveAbandoned(string directory)
    {
        if (!FileScope.IsToBeTidied(directory))
        {
            return;
        }

        try
        {
            foreach (string path in Directory.EnumerateFiles(directory, $"{Prefix}*{Suffix}"))
            {
                RemoveUnlessLocked(path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Tidying is no reason to fail: what is wrong with the directory shows when the file is created.
        }
    }

    /// <summary>Renames the file to its target, replacing a file there.</summary>
    public void MoveTo(string target)
    {
        File.Move(Path, target, overwrite: true);
        _isMoved = true;
    }

    /// <summary>Closes the file, and deletes it if it was not moved.</summary>
    public void Dispose()
    {
        if (!_isMoved)
        {
            File.Delete(Path);
        }

        try
        {
            Stream.Dispose();
        }
        catch (IOException) when (!_isMoved)
        {
            // What could not be written, as on a full disk, is no longer wanted; the failure of writing it was reported.
        }
    }

    private static void RemoveUnlessLocked(string path)
    {
        try
        {
            using var alone = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Another process writes it, or has just removed it.
        }
    }
}
