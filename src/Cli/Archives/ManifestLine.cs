using System.Text.Json;
using System.Text.Json.Serialization;

namespace InfAdmm.Cli.Archives;

/// <summary>A line of a manifest: the start of a run, or what became of a file.</summary>
/// <param name="Run">The run that starts; null in the line of a file.</param>
/// <param name="Entry">The file; null in the line of a run.</param>
internal sealed record ManifestLine(ManifestRun? Run = null, ManifestEntry? Entry = null);

/// <summary>The start of a run on a shard.</summary>
/// <param name="Shard">The number of the shard, from 1.</param>
/// <param name="Of">The number of shards.</param>
/// <param name="Files">The number of files in the shard.</param>
/// <param name="ArchiveFiles">The number of files in all shards.</param>
/// <param name="Options">Identifies all that the results depend on beside the pictures.</param>
/// <param name="Started">When it started.</param>
internal sealed record ManifestRun(
    int Shard, int Of, int Files, int ArchiveFiles, string Options, DateTimeOffset Started);

/// <summary>What became of a file.</summary>
/// <param name="File">Its name in the archive.</param>
/// <param name="Hash">The SHA-256 of its contents; null if they could not be read.</param>
/// <param name="Options">Identifies all that the result depends on beside the picture.</param>
/// <param name="Result">The SHA-256 of the result; null if it failed.</param>
/// <param name="Seconds">The time that it took.</param>
/// <param name="State">Whether its result is complete.</param>
/// <param name="Error">Why it failed; null otherwise.</param>
/// <param name="At">When the line was written.</param>
internal sealed record ManifestEntry(
    string File, string? Hash, string Options, string? Result, double Seconds, FileState State, string? Error, DateTimeOffset At);

/// <summary>What became of a file.</summary>
internal enum FileState
{
    /// <summary>Its result is complete.</summary>
    Done,

    /// <summary>It could not be restored; the next run tries again.</summary>
    Failed,
}

/// <summary>The serialization of manifests: one line each, without what is null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FileStateConverter)])]
[JsonSerializable(typeof(ManifestLine))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>States are written as words in lower case.</summary>
internal sealed class FileStateConverter() : JsonStringEnumConverter<FileState>(JsonNamingPolicy.SnakeCaseLower);
