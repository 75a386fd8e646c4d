namespace InfAdmm.Cli.Archives;

/// <summary>The JSON report of <c>--status</c>.</summary>
/// <param name="Command">The command: restore.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Out">The folder of the results.</param>
/// <param name="Files">The number of files in the archive, when the last run started.</param>
/// <param name="Done">The number of files whose results are complete.</param>
/// <param name="Failed">The number of files that failed.</param>
/// <param name="Left">The number of files that no run has come to yet.</param>
/// <param name="Shards">The shards that were started.</param>
/// <param name="NotStarted">The numbers of the other shards.</param>
/// <param name="Failures">The files that failed.</param>
internal sealed record ArchiveReport(
    string Command, string Version, string Out, int Files, int Done, int Failed, int Left,
    IReadOnlyList<ShardReport> Shards, IReadOnlyList<int> NotStarted, IReadOnlyList<FailedFile> Failures);

/// <summary>The state of a shard, counted from the start of its last run.</summary>
/// <param name="Shard">The number of the shard, from 1.</param>
/// <param name="Of">The number of shards.</param>
/// <param name="Files">The number of its files.</param>
/// <param name="Done">The number of files whose results are complete.</param>
/// <param name="Failed">The number of files that failed.</param>
/// <param name="Left">The number of files that the run has not come to yet.</param>
internal sealed record ShardReport(int Shard, int Of, int Files, int Done, int Failed, int Left);

/// <summary>A file that failed.</summary>
/// <param name="File">Its name in the archive.</param>
/// <param name="Error">The reason.</param>
internal sealed record FailedFile(string File, string Error);
