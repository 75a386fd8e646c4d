using System.Diagnostics;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;

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
        foreach (RestoredFile file in files.Where(file => file.Output is not null))
        {
            output.Line(FormattableString.Invariant(
                $"{file.Output}: {file.Width}x{file.Height} pixels, {file.Seconds:0.0} s") +
                (options.Restorer.Prior.Certificate
                    ? "; certificate: " + Units.Certificate(
                        file.Certificate, file.GuardedSteps, $"{file.ZUpdates} z-updates")
                    : ""));
        }

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

    /// <summary>Compares the measurement, enlarged to the size of the result, with the result.</summary>
    private static void AddComparison(
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

    private static double Seconds(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;
}
