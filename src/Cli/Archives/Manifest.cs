using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace InfAdmm.Cli.Archives;

/// <summary>
/// The record of a shard, in the folder of the results: a file of JSON lines that grows by one for each file that is
/// finished or fails. The last line about a file holds. A line is added while the manifest is locked, so that several
/// workers can share one; a worker that is killed leaves at most one incomplete line, which readers ignore and the next
/// worker removes.
/// </summary>
/// <param name="directory">The folder of the results.</param>
/// <param name="shard">The shard.</param>
internal sealed partial class Manifest(string directory, Shard shard)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(2);

    private readonly object _gate = new();

    /// <summary>Where it is.</summary>
    public string Path { get; } = System.IO.Path.Combine(
        directory, string.Create(CultureInfo.InvariantCulture, $"manifest-{shard.Index}-of-{shard.Count}.jsonl"));

    /// <summary>The manifests in a folder.</summary>
    public static IReadOnlyList<Manifest> In(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "manifest-*.jsonl")
            .Select(file => NamePattern().Match(System.IO.Path.GetFileName(file)))
            .Where(match => match.Success)
            .Select(match => new Shard(
                int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)))
            .OrderBy(one => one.Count).ThenBy(one => one.Index)
            .Select(one => new Manifest(directory, one)),
    ];

    /// <summary>
    /// The last entry of each file that has a result, also from manifests of other numbers of shards, which may have had
    /// files of this one. Within a manifest the order of its lines decides, between manifests the clocks of their writers. A
    /// file that failed after that keeps its result.
    /// </summary>
    public Dictionary<string, ManifestEntry> ReadResults()
    {
        var results = new Dictionary<string, ManifestEntry>(StringComparer.Ordinal);
        foreach (Manifest manifest in In(directory).Where(other => !other.HasCount(shard.Count)).Append(this))
        {
            var own = new Dictionary<string, ManifestEntry>(StringComparer.Ordinal);
            foreach (ManifestEntry entry in manifest.Read().Select(line => line.Entry).OfType<ManifestEntry>())
            {
                if (entry.State == FileState.Done && shard.Contains(entry.File))
                {
                    own[entry.File] = entry;
                }
            }

            foreach ((string file, ManifestEntry entry) in own)
            {
                if (!(results.GetValueOrDefault(file)?.At > entry.At))
                {
                    results[file] = entry;
                }
            }
        }

        return results;
    }

    /// <summary>The lines, without incomplete ones.</summary>
    public IEnumerable<ManifestLine> Read()
    {
        if (!File.Exists(Path))
        {
            yield break;
        }

        using FileStream stream = Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } text)
        {
            if (Parse(text) is { } line)
            {
                yield return line;
            }
        }
    }

    /// <summary>
    /// Adds a line. It is not flushed to the disk: what a power failure loses is done again, and the results, which are
    /// flushed before, stay complete.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(ManifestLine line)
    {
        byte[] text = [.. JsonSerializer.SerializeToUtf8Bytes(line, ManifestJson.Default.ManifestLine), (byte)'\n'];
        lock (_gate)
        {
            using FileStream stream = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            long end = EndOfLastLine(stream);
            if (end < stream.Length)
            {
                stream.SetLength(end);
            }

            stream.Position = end;
            stream.Write(text);
        }
    }

    private bool HasCount(int count) => shard.Count == count;

    private static ManifestLine? Parse(string text)
    {
        try
        {
            // A value that is missing is null, whatever the type says.
            ManifestLine? line = JsonSerializer.Deserialize(text, ManifestJson.Default.ManifestLine);
            return line is { Run: { Shard: > 0, Of: > 0, Options: not null } }
                or { Run: null, Entry: { File.Length: > 0, Options: not null } } ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The length of a file without an incomplete line at its end.</summary>
    private static long EndOfLastLine(FileStream stream)
    {
        long end = stream.Length;
        for (; end > 0; end--)
        {
            stream.Position = end - 1;
            if (stream.ReadByte() == '\n')
            {
                break;
            }
        }

        return end;
    }

    /// <summary>Opens the file as soon as no other worker writes it.</summary>
    private FileStream Open(FileMode mode, FileAccess access, FileShare share)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path, mode, access, share, bufferSize: access == FileAccess.Read ? 1 << 16 : 0);
            }
            catch (IOException failure) when (
                failure.GetType() == typeof(IOException) && Stopwatch.GetElapsedTime(started) < LongestWait)
            {
                Thread.Sleep(Retry);
            }
        }
    }

    [GeneratedRegex("^manifest-([0-9]{1,7})-of-([0-9]{1,7})\\.jsonl$")]
    private static partial Regex NamePattern();
}
