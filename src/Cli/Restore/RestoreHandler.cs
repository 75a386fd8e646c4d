using System.Diagnostics;
using InfAdmm.Cli.Devices;
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
        (PriorWeights weights, RestorationOptions restoration) = options.Restorer.Load(output.Note);
        using Device device = DeviceChoice.Create(common, output);
        using Restorer restorer = options.Restorer.Create(device, weights, restoration, output.Note);
        var files = new List<RestoredFile>();
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
                Shape shape = restored.Image.Shape;
                files.Add(new RestoredFile(
                    inputs[i], targets[i], shape.W, shape.H, Seconds(started), restorer.LastIterations,
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

        output.Json(
            new RestoreReport(
                "restore", Application.Version, new ReportedDevice(device.Name, device.Threads), options.Restorer.Task.Task,
                weights.Source, files),
            ReportJson.Default.RestoreReport);
        return run.End("restored");
    }

    private static double Seconds(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;
}
