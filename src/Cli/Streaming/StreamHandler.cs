using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Cli.Streaming;

/// <summary>Runs <c>stream</c>: each frame from stdin is a measurement, and the restored one goes to stdout.</summary>
internal static class StreamHandler
{
    // A third one gains little (docs/stream.md).
    private const int WarmIterations = 2;

    /// <summary>Restores the frames until the input ends or the reader of stdout closes it.</summary>
    public static int Run(
        StreamOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        if (output.OutDirectory is not null)
        {
            throw new InputException("--out: the frames go to stdout, and stream writes no other files: leave it out");
        }

        (RawFrameFormat Format, int Width, int Height)? raw = options.Raw();
        (Stream stdin, Stream stdout) = output.OpenPipes();
        (PriorWeights weights, RestorationOptions restoration) = options.Restorer.Load(output.Note);
        using Device device = DeviceChoice.Create(common, output);
        using Restorer restorer =
            options.Restorer.Create(device, weights, Restoration(options, restoration, weights), output.Note);
        IFrameReader reader = raw is { } frame
            ? new RawFrameReader(stdin, frame.Format, frame.Width, frame.Height)
            : ReadHeader(stdin, cancellation);
        CheckFrames(restorer, reader.Shape);
        Shape restored = restorer.RestoredShape(reader.Shape);
        IFrameWriter writer = reader is Y4mReader source
            ? new Y4mWriter(stdout, restored, source)
            : new RawFrameWriter(stdout, restored);
        var stream = new VideoRestorer(reader, restorer, writer);
        string? error = null;
        try
        {
            stream.Run(cancellation);
        }
        catch (Exception failure)
        {
            error = failure.Message;
            throw;
        }
        finally
        {
            VideoSummary summary = stream.Summary;
            if (summary.Frames > 0)
            {
                output.Note(Describe(summary, restored, options.WarmStart));
            }

            output.Json(
                new StreamReport(
                    "stream", Application.Version, new ReportedDevice(device.Name, device.Threads),
                    restorer.Task.Name, restorer.PriorOf(reader.Shape).Source, restored.W, restored.H, summary.Frames,
                    summary.Seconds, PerSecond(summary), summary.MedianLatency, summary.LargestLatency, summary.Iterations,
                    summary.Continued, summary.Cuts, summary.OutputClosed, error),
                ReportJson.Default.StreamReport);
        }

        return ExitCode.Done;
    }

    /// <summary>
    /// With a warm start, the iterations are those of a frame that continues; others need the trained number.
    /// </summary>
    private static RestorationOptions Restoration(
        StreamOptions options, RestorationOptions restoration, PriorWeights weights)
    {
        if (!options.WarmStart)
        {
            return restoration;
        }

        int trained = restoration.Schedule?.Iterations ?? weights.Rho.Count;
        int continued = restoration.Iterations
            ?? (restoration.Tolerance is null ? WarmIterations : RestorationOptions.MostIterations);
        return restoration with
        {
            ContinuedIterations = continued,
            Iterations = continued > trained ? continued : null,
        };
    }

    /// <summary>Reads the header of YUV4MPEG2, for which a program that has just started may need a while.</summary>
    private static Y4mReader ReadHeader(Stream stdin, CancellationToken cancellation)
    {
        Task<Y4mReader> opened = Task.Factory.StartNew(
            () => Y4mReader.Open(stdin), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return opened.WaitAsync(cancellation).GetAwaiter().GetResult();
    }

    private static void CheckFrames(Restorer restorer, Shape frame)
    {
        if (restorer.WhyNot(frame) is not { } reason)
        {
            return;
        }

        bool needsGrey = frame.C > 1 && restorer.WhyNot(frame with { C = 1 }) is null;
        throw new InputException(reason.Replace("picture", "frame", StringComparison.Ordinal)
            + (needsGrey ? ": convert the frames with ffmpeg's option -pix_fmt gray" : ""));
    }

    private static double? PerSecond(VideoSummary summary) =>
        summary.Seconds > 0 ? summary.Frames / summary.Seconds : null;

    private static string Describe(VideoSummary summary, Shape restored, bool isWarm)
    {
        string warm = isWarm
            ? FormattableString.Invariant(
                $"; {summary.Continued} continued from the last frame, {summary.Cuts} scene cuts, ") +
                FormattableString.Invariant($"{summary.Iterations:0.#} iterations per frame")
            : "";
        return FormattableString.Invariant(
            $"{summary.Frames} frames of {restored.W}x{restored.H}, {PerSecond(summary) ?? 0:0.00} frames/s; latency ") +
            FormattableString.Invariant(
                $"p50 {1000 * summary.MedianLatency:0.#} ms, p99 {1000 * summary.LargestLatency:0.#} ms") + warm;
    }
}
