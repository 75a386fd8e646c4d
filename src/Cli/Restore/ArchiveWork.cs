using System.Diagnostics;
using System.Security.Cryptography;
using InfAdmm.Cli.Archives;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Restore;

/// <summary>The work on each file of an archive. Several threads may do it at once.</summary>
/// <param name="options">The options of the command.</param>
/// <param name="directory">The folder of the results.</param>
/// <param name="manifest">Records what is done.</param>
/// <param name="fingerprint">Identifies all that the results depend on beside the pictures.</param>
/// <param name="pool">Restores the pictures.</param>
internal sealed class ArchiveWork(
    RestoreOptions options, string directory, Manifest manifest, string fingerprint, RestorerPool pool)
{
    // Per pixel of the measurement, the decoder's samples and the float32 ones; per pixel of the result, the float32
    // values with alpha, the encoder's samples and the PNG file.
    private const int BytesPerPixel = 32;

    // What bytes of a file name that are not UTF-8 are read as.
    private const char NotDecodable = '\ufffd';

    private readonly Dictionary<string, ManifestEntry> _earlier = manifest.ReadResults();
    private readonly MemoryBudget _memory = MemoryBudget.OfThisMachine();

    /// <summary>Restores a file, unless that was done before, and records what became of it.</summary>
    /// <param name="index">Its index in the shard.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Interrupts the work; the file is then left to the next run.</param>
    /// <exception cref="IOException">The manifest cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The run was interrupted.</exception>
    public ArchiveOutcome Restore(int index, ArchiveFile file, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        var notes = new List<string>();
        byte[] contents = [];
        string? hash = null;
        RestoredFile? failed = Try(
            file, started,
            () =>
            {
                if (file.Name.Contains(NotDecodable) && !File.Exists(file.Path))
                {
                    throw new InputException($"'{file.Path}' cannot be read: its name is not UTF-8; rename it");
                }

                contents = InputFile.ReadAllBytes(file.Path);
                hash = Hash(contents);
            },
            cancellation);
        string target = file.TargetIn(directory);
        if (_earlier.GetValueOrDefault(file.Name) is { } earlier && earlier.Hash == hash && earlier.Options == fingerprint
            && earlier.Result is { } recorded && HashOf(target) == recorded)
        {
            Record(earlier);
            return new ArchiveOutcome(index, Result(file, started) with { Output = target, Skipped = true }, notes);
        }

        RestoredFile result = Result(file, started);
        string? written = null;
        (Picture, Picture)? pictures = null;
        failed ??= Try(
            file, started,
            () => _memory.Use(
                Need(contents),
                () => (result, pictures, written) = Restore(file, contents, target, started, notes, cancellation),
                cancellation),
            cancellation);
        result = failed ?? result;
        Record(new ManifestEntry(
            file.Name, hash, fingerprint, written, Math.Round(result.Seconds, 4),
            failed is null ? FileState.Done : FileState.Failed, failed?.Error, DateTimeOffset.UtcNow));
        return new ArchiveOutcome(index, result, notes) { Pictures = pictures };
    }

    /// <summary>
    /// The SHA-256 of a result: a kill between the result and its record, another program or a clock that is wrong may
    /// leave one that the record is not about. Null if it cannot be read.
    /// </summary>
    private static string? HashOf(string target)
    {
        try
        {
            if (FileKinds.Of(target) != FileKind.Regular)
            {
                return null;
            }

            using FileStream stream = File.OpenRead(target);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Hash(byte[] contents) => Convert.ToHexStringLower(SHA256.HashData(contents));

    /// <summary>Does what may fail for a file, and returns its result if it did; null otherwise.</summary>
    private static RestoredFile? Try(ArchiveFile file, long started, Action work, CancellationToken cancellation)
    {
        try
        {
            work();
            return null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            return Result(file, started) with { Error = FileRun.Reason(failure, file.Path, memoryOption: "--tile") };
        }
    }

    private (RestoredFile Result, (Picture, Picture) Pictures, string Hash) Restore(
        ArchiveFile file, byte[] contents, string target, long started, List<string> notes, CancellationToken cancellation)
    {
        Picture measurement = ImageFile.Decode(contents, file.Path, options.Pictures.MaxPixels);
        if (measurement.Note is { } flaw)
        {
            notes.Add($"'{file.Path}': {flaw}");
        }

        Picture? restored = null;
        RestoredFile result = Result(file, started);
        pool.Use(
            measurement.Image.Shape,
            restorer =>
            {
                restored = restorer.Restore(measurement, progress: null, cancellation);
                result = result with
                {
                    Iterations = restorer.LastIterations,
                    Weights = restorer.PriorOf(measurement.Image.Shape).Source,
                    Certificate = restorer.LastCertificate,
                    ZUpdates = restorer.LastZUpdates,
                    GuardedSteps = restorer.LastGuardedSteps,
                };
            },
            cancellation);
        byte[] png = ImageFile.Encode(restored!);
        Write(target, png);
        Shape shape = restored!.Image.Shape;
        result = result with { Output = target, Width = shape.W, Height = shape.H, Seconds = Seconds(started) };
        return (result, (measurement, restored), Hash(png));
    }

    private static void Write(string target, byte[] png)
    {
        try
        {
            AtomicFile.Write(target, stream => stream.Write(png));
        }
        catch (IOException)
        {
            // Where a network file system has no locks, a worker that starts may remove a temporary file in use.
            AtomicFile.Write(target, stream => stream.Write(png));
        }
    }

    /// <summary>The memory for a picture, its result and the result's file.</summary>
    private long Need(byte[] contents)
    {
        long stride = pool.Any.Task.Stride;
        return contents.Length + ImageFile.CountPixels(contents) * BytesPerPixel * (1 + stride * stride);
    }

    private void Record(ManifestEntry entry) => manifest.Append(new ManifestLine(Entry: entry));

    private static RestoredFile Result(ArchiveFile file, long started) =>
        new(file.Path, null, null, null, Seconds(started), null, null, null, null, null, Error: null);

    private static double Seconds(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;
}

/// <summary>What became of a file of an archive.</summary>
/// <param name="Index">Its index in the shard.</param>
/// <param name="Result">The result.</param>
/// <param name="Notes">What the user should know about the file.</param>
internal sealed record ArchiveOutcome(int Index, RestoredFile Result, List<string> Notes)
{
    /// <summary>The measurement and the restored picture; null if the file failed or was skipped.</summary>
    public (Picture Measurement, Picture Restored)? Pictures { get; init; }
}
