using System.Diagnostics;
using InfAdmm.Cli.Archives;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.Restore;

/// <summary>
/// Runs <c>restore</c>: each input file is a measurement, and the restored picture has the same name.
/// </summary>
internal static class RestoreHandler
{
    /// <summary>Restores the files. If one fails, the error is reported and the others are still restored.</summary>
    public static int Run(
        RestoreOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        string directory = output.OutDirectory
            ?? throw new InputException("restore needs --out DIR, the directory for the restored pictures");
        if (options.Archive.Status)
        {
            return ArchiveStatus.Print("restore", directory, output);
        }

        CheckGiven(options);
        return options.Archive.IsGiven || ArchiveFiles.Are(options.Pictures.Files)
            ? ArchiveRun.Run(options, common, output, directory, cancellation)
            : RunFiles(options, common, output, directory, cancellation);
    }

    /// <summary>Compares a measurement, enlarged to the size of the result, with the result.</summary>
    public static void AddComparison(
        Gallery pictures, string name, Picture measurement, Picture restored, Restorer restorer)
    {
        if (pictures.IsFull)
        {
            return;
        }

        int stride = restorer.Task.Stride;
        Picture visible = TransparentPixels.Fill(measurement);
        pictures.Add(
            name, restored.Image.Shape,
            [
                new ComparedPicture(stride == 1 ? "input" : "input, enlarged", visible.Image)
                {
                    Alpha = visible.Alpha,
                    Stride = stride,
                    Offset = (restorer.Shift, restorer.Shift),
                },
                new ComparedPicture("restored", restored.Image) { Alpha = restored.Alpha },
            ],
            left: 0, right: 1);
    }

    /// <summary>Writes a line for each file that was restored.</summary>
    public static void WriteLines(IEnumerable<RestoredFile> files, bool hasCertificate, CommandOutput output)
    {
        foreach (RestoredFile file in files.Where(file => file.Output is not null && !file.Skipped))
        {
            output.Line(FormattableString.Invariant(
                $"{file.Output}: {file.Width}x{file.Height} pixels, {file.Seconds:0.0} s") +
                (hasCertificate
                    ? "; certificate: " + Units.Certificate(
                        file.Certificate, file.GuardedSteps, $"{file.ZUpdates} z-updates")
                    : ""));
        }
    }

    /// <summary>What is needed unless only a status is asked for.</summary>
    private static void CheckGiven(RestoreOptions options)
    {
        if (options.Pictures.Files.Count == 0 && options.Archive.List is null)
        {
            throw new InputException("restore needs FILES: pictures, a folder, a pattern like 'scans/*.png', or --list FILE");
        }

        if (options.Restorer.Task.Task.Length == 0)
        {
            throw new InputException($"restore needs --task: {string.Join(", ", ImageTasks.Names)}");
        }
    }

    private static int RunFiles(
        RestoreOptions options, CommonOptions common, CommandOutput output, string directory, CancellationToken cancellation)
    {
        IReadOnlyList<string> inputs = options.Pictures.Files;
        string[] targets = OptionErrors.Naming("--out", () => PictureTargets.For(inputs, directory));
        output.CheckReportIsNot(targets);
        HtmlFile.Check(output);
        (PriorWeights weights, RestorationOptions restoration) = options.Restorer.Load(output.Note);
        using Device device = DeviceChoice.Create(common, output);
        using Restorer restorer = options.Restorer.Create(device, weights, restoration, output.Note);
        var files = new List<RestoredFile>();
        var pictures = new Gallery(RestorePage.MostPictures);
        var run = new FileRun(output, cancellation, memoryOption: "--tile");
        long started = 0;
        run.Run(
            "restore", inputs,
            (i, progress) =>
            {
                started = Stopwatch.GetTimestamp();
                Picture measurement = options.Pictures.Read(i, output.Note);
                Picture restored = restorer.Restore(measurement, progress, cancellation);
                ImageFile.Write(targets[i], restored);
                double seconds = Seconds(started);
                Shape shape = restored.Image.Shape;
                AddComparison(pictures, Path.GetFileName(inputs[i]), measurement, restored, restorer);
                files.Add(new RestoredFile(
                    inputs[i], targets[i], shape.W, shape.H, seconds, restorer.LastIterations,
                    restorer.PriorOf(measurement.Image.Shape).Source, restorer.LastCertificate,
                    restorer.LastZUpdates, restorer.LastGuardedSteps, Error: null));
            },
            (i, reason) => files.Add(new RestoredFile(
                inputs[i], null, null, null, Seconds(started), null, null, null, null, null, reason)));
        WriteLines(files, options.Restorer.Prior.Certificate, output);
        var report = new RestoreReport(
            "restore", Application.Version, new ReportedDevice(device.Name, device.Threads), options.Restorer.Task.Task,
            weights.Source, files);
        output.Json(report, ReportJson.Default.RestoreReport);
        if (files.Any(file => file.Output is not null))
        {
            HtmlPage page = RestorePage.Build(report, output.CommandLine, pictures);
            output.Note($"wrote {HtmlFile.Write(directory, page)}");
        }

        return run.End("restored");
    }

    private static double Seconds(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;
}
