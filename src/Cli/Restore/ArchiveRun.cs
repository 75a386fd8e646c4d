using System.Collections.Concurrent;
using System.Diagnostics;
using InfAdmm.Cli.Archives;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Restore;

/// <summary>
/// Runs <c>restore</c> on a shard of an archive. There are more workers than restorers
/// (<see cref="RestorerPool"/>): each takes the next file, reads, restores and writes it, so that some read and write while
/// others restore. What is done is recorded (<see cref="Manifest"/>), and the next run skips it.
/// </summary>
internal static class ArchiveRun
{
    /// <summary>Restores the files of the shard. If one fails, the error is reported and the others are still restored.</summary>
    /// <param name="options">The options of the command.</param>
    /// <param name="common">The options of all commands.</param>
    /// <param name="output">Receives the results and notes.</param>
    /// <param name="directory">The folder of the results.</param>
    /// <param name="cancellation">Stops the work; what is done is kept.</param>
    public static int Run(
        RestoreOptions options, CommonOptions common, CommandOutput output, string directory, CancellationToken cancellation)
    {
        Shard shard = options.Archive.ReadShard(output.Note);
        if (shard.IsWhole)
        {
            SharedRun.RefuseSeveral("restore", $", or give each process a shard of its own with --{Shard.Parameter}");
        }

        IReadOnlyList<ArchiveFile> archive = ArchiveFiles.Find(options.Pictures.Files, options.Archive.List, directory);
        ArchiveFile[] files = [.. archive.Where(file => shard.Contains(file.Name))];
        using var protection = new FileScope(archive.Select(file => file.Path), cancellation);
        var manifest = new Manifest(directory, shard);
        output.CheckReportIsNot(files.Select(file => file.TargetIn(directory)).Append(manifest.Path));
        if (shard.IsWhole)
        {
            HtmlFile.Check(output);
        }

        (PriorWeights weights, RestorationOptions restoration) = options.Restorer.Load(output.Note);
        string fingerprint = ResultFingerprint.Of(weights, restoration, common.Precision);
        using Device device = DeviceChoice.Create(common, output);
        using var pool = new RestorerPool(device, options.Restorer, weights, restoration, output.Note);
        foreach (string folder in files.Select(file => Path.GetDirectoryName(file.TargetIn(directory))!).Distinct())
        {
            // Also where nothing is left to write, what killed workers left there is removed.
            CommandOutput.PrepareDirectory("--out", folder);
        }

        var work = new ArchiveWork(options, directory, manifest, fingerprint, pool);
        manifest.Append(new ManifestLine(Run: new ManifestRun(
            shard.Index, shard.Count, files.Length, archive.Count, fingerprint, DateTimeOffset.UtcNow)));
        long started = Stopwatch.GetTimestamp();

        // Several workers would replace one another's pages.
        Gallery? pictures = shard.IsWhole ? new Gallery(RestorePage.MostPictures) : null;
        List<RestoredFile> results = RestoreAll(files, work, pool, pictures, output, cancellation);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        RestoreHandler.WriteLines(results, options.Restorer.Prior.Certificate, output);
        int failed = results.Count(file => file.Error is not null);
        int skipped = results.Count(file => file.Skipped);
        output.Note(FormattableString.Invariant(
            $"shard {shard}: {results.Count - failed - skipped} of {files.Length} files restored in {seconds:0.0} s, ") +
            $"{skipped} were done before, {failed} failed");
        var report = new RestoreReport(
            "restore", Application.Version, new ReportedDevice(device.Name, device.Threads), options.Restorer.Task.Task,
            weights.Source, results);
        output.Json(report, ReportJson.Default.RestoreReport);
        if (pictures is { Count: > 0 })
        {
            output.Note($"wrote {HtmlFile.Write(directory, RestorePage.Build(report, output.CommandLine, pictures))}");
        }

        cancellation.ThrowIfCancellationRequested();
        if (failed == 0)
        {
            return ExitCode.Done;
        }

        output.Error($"{failed} of {files.Length} files were not restored; the reasons are above");
        return ExitCode.Failed;
    }

    /// <summary>Starts the workers, and reports what they did in the order of the files.</summary>
    private static List<RestoredFile> RestoreAll(
        ArchiveFile[] files, ArchiveWork work, RestorerPool pool, Gallery? pictures, CommandOutput output,
        CancellationToken cancellation)
    {
        var results = new List<RestoredFile>(files.Length);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var outcomes = new BlockingCollection<ArchiveOutcome>();
        int next = -1;
        var workers = Task.WhenAll(Enumerable.Range(0, Math.Min(pool.Workers, files.Length)).Select(_ =>
            Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Task finished = workers.ContinueWith(
            _ => outcomes.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        output.Progress("restore", line =>
        {
            var waiting = new PriorityQueue<ArchiveOutcome, int>();
            foreach (ArchiveOutcome outcome in outcomes.GetConsumingEnumerable())
            {
                waiting.Enqueue(outcome, outcome.Index);
                while (waiting.TryPeek(out _, out int index) && index == results.Count)
                {
                    Report(waiting.Dequeue());
                    line.Update((double)results.Count / files.Length, results[^1].File);
                }
            }

            // After an interruption, some before them are missing.
            while (waiting.TryDequeue(out ArchiveOutcome? outcome, out _))
            {
                Report(outcome);
            }
        });
        finished.Wait(CancellationToken.None);
        workers.GetAwaiter().GetResult();
        return results;

        void Work()
        {
            try
            {
                for (int i; !stop.IsCancellationRequested && (i = Interlocked.Increment(ref next)) < files.Length;)
                {
                    ArchiveOutcome outcome = work.Restore(i, files[i], stop.Token);
                    bool isShown = pictures is not null && i < RestorePage.MostPictures;
                    outcomes.Add(isShown ? outcome : outcome with { Pictures = null }, CancellationToken.None);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The file is left to the next run.
            }
            catch
            {
                stop.Cancel();
                throw;
            }
        }

        void Report(ArchiveOutcome outcome)
        {
            results.Add(outcome.Result);
            outcome.Notes.ForEach(output.Note);
            if (outcome.Result.Error is { } reason)
            {
                output.Error(reason);
            }

            if (outcome.Pictures is var (measurement, restored))
            {
                RestoreHandler.AddComparison(
                    pictures!, Path.GetFileName(outcome.Result.File), measurement, restored, pool.Any);
            }
        }
    }
}
