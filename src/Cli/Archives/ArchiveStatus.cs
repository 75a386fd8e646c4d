using System.Globalization;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Archives;

/// <summary>Sums up the manifests in a folder of results.</summary>
internal static class ArchiveStatus
{
    private const int MostFailures = 20;

    /// <summary>Prints what is done, has failed and is left.</summary>
    /// <param name="command">The command that writes the manifests.</param>
    /// <param name="directory">The folder of the results.</param>
    /// <param name="output">Receives the table and the JSON report.</param>
    /// <exception cref="InputException">The folder has no manifests.</exception>
    public static int Print(string command, string directory, CommandOutput output)
    {
        ArchiveReport report = Read(command, directory);
        string[][] rows =
        [
            .. report.Shards.Select(shard => Row($"{shard.Shard}/{shard.Of}", shard.Files, shard.Done, shard.Failed, shard.Left)),
            .. report.Shards is [{ Of: 1 }]
                ? Array.Empty<string[]>()
                : [Row("all", report.Files, report.Done, report.Failed, report.Left)],
        ];
        output.Table(new TextTable(
            [new("shard", AlignRight: false), new("files"), new("done"), new("failed"), new("left")],
            [.. rows.Select(row => (Cell[])[.. row.Select(text => (Cell)text)])]));
        if (report.NotStarted.Count > 0)
        {
            output.Line($"not started: {string.Join(", ", report.NotStarted)}");
        }

        foreach (FailedFile failure in report.Failures.Take(MostFailures))
        {
            output.Line($"failed: {failure.Error}");
        }

        if (report.Failures.Count > MostFailures)
        {
            output.Line($"and {report.Failures.Count - MostFailures} more; --json FILE lists all");
        }

        output.Json(report, ReportJson.Default.ArchiveReport);
        return report.Failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Reads the manifests of the number of shards that was used last.</summary>
    private static ArchiveReport Read(string command, string directory)
    {
        List<ShardState> states = [.. Manifest.In(directory).Select(ShardState.Read).OfType<ShardState>()];
        if (states.MaxBy(state => state.Run.Started) is not { Run: var last })
        {
            throw new InputException($"--out: '{directory}' has no manifest of an archive; give the folder of its results");
        }

        states.RemoveAll(state => state.Run.Of != last.Of);
        int done = states.Sum(state => state.Done);
        int failed = states.Sum(state => state.Failures.Count);
        return new ArchiveReport(
            command, Application.Version, directory, last.ArchiveFiles, done, failed,
            Math.Max(0, last.ArchiveFiles - done - failed),
            [
                .. states.Select(state => new ShardReport(
                    state.Run.Shard, state.Run.Of, state.Run.Files, state.Done, state.Failures.Count,
                    Math.Max(0, state.Run.Files - state.Done - state.Failures.Count))),
            ],
            [.. Enumerable.Range(1, last.Of).Except(states.Select(state => state.Run.Shard))],
            [.. states.SelectMany(state => state.Failures)]);
    }

    private static string[] Row(string shard, params IEnumerable<int> counts) =>
        [shard, .. counts.Select(count => count.ToString(CultureInfo.InvariantCulture))];

    /// <summary>What the last run on a shard has done so far.</summary>
    private sealed record ShardState(ManifestRun Run, int Done, IReadOnlyList<FailedFile> Failures)
    {
        /// <summary>The state; null if no run was recorded.</summary>
        public static ShardState? Read(Manifest manifest)
        {
            ManifestRun? run = null;
            var files = new SortedDictionary<string, ManifestEntry>(StringComparer.Ordinal);
            foreach (ManifestLine line in manifest.Read())
            {
                if (line.Run is not null)
                {
                    run = line.Run;
                    files.Clear();
                }
                else if (line.Entry is { } entry)
                {
                    files[entry.File] = entry;
                }
            }

            return run is null ? null : new ShardState(
                run, files.Values.Count(entry => entry.State == FileState.Done),
                [
                    .. files.Values.Where(entry => entry.State == FileState.Failed)
                        .Select(entry => new FailedFile(entry.File, entry.Error ?? "")),
                ]);
        }
    }
}
