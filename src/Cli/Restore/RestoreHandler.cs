using System.Diagnostics;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;

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
        string[] targets = OptionErrors.Naming("--out", () => PictureTargets.For(options.Files, directory));
        ImageTask known = ImageTasks.Find(options.Task.Task);
        PriorWeights weights = options.Prior.Load(known);
        RestorationOptions restoration = Restoration(options, known, weights, output.Note);
        if (ImageRestorer.WhyNot(weights, restoration.Task!) is { } reason)
        {
            throw new InputException(
                $"{reason}: choose other --weights, or train a prior with '{TrainCommand(restoration.Task!)}'");
        }

        using Device device = DeviceChoice.Create(common, output);
        using var restorer = new ImageRestorer(device, weights, restoration);
        if (restorer.HasForeignKernel)
        {
            output.Note(
                $"the prior was trained for the kernel {weights.Task.Kernel.Name}; " +
                $"one trained for this kernel may be better: {TrainCommand(restorer.Task)}");
        }

        var files = new List<RestoredFile>();
        var failures = new List<Exception>();
        output.Progress("restore", line =>
        {
            for (int i = 0; i < targets.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int done = i;
                files.Add(Restore(
                    restorer, options.Files[i], targets[i],
                    part => line.Update((done + part) / targets.Length, options.Files[done]), output.Note, failures,
                    cancellation));
                if (files[i].Error is { } error)
                {
                    output.Error(error);
                }
            }
        });
        return Report(
            new RestoreReport(
                "restore", Application.Version, new ReportedDevice(device.Name, device.Threads), options.Task.Task,
                weights.Source, files),
            failures,
            output);
    }

    /// <summary>The kernel and the noise are those of the training, unless the options replace them.</summary>
    private static RestorationOptions Restoration(
        RestoreOptions options, ImageTask known, PriorWeights weights, Action<string> note)
    {
        return new RestorationOptions
        {
            Task = options.Task.Apply(known.IsVariantOf(weights.Task) ? weights.Task : known, note),
            Rho = options.Rho,
            Iterations = options.Iterations,
            ZSolver = options.Prior.Solver(),
            Tile = options.Tile,
        };
    }

    private static string TrainCommand(ImageTask task) =>
        $"infadmm train prior --task {task.Name} --kernel {task.Kernel.Name} --data PATH --weights FILE";

    private static RestoredFile Restore(
        ImageRestorer restorer, string file, string target, Action<double> progress, Action<string> note,
        List<Exception> failures, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            Picture picture = ImageFile.ReadPicture(file);
            if (picture.Note is { } flaw)
            {
                note($"'{file}': {flaw}");
            }

            Picture restored = restorer.Restore(picture, progress, cancellation);
            Shape shape = restored.Image.Shape;
            ImageFile.Write(target, restored);
            return new RestoredFile(
                file, target, shape.W, shape.H, Seconds(started), restorer.Iterations, Error: null);
        }
        catch (Exception failure) when (failure
            is InputException or ShapeException or IOException or UnauthorizedAccessException
            or OutOfMemoryException or OverflowException)
        {
            failures.Add(failure);

            // Read errors already name the file; other errors do not.
            string message = failure.Message.Contains($"'{file}'", StringComparison.Ordinal)
                ? failure.Message
                : $"'{file}': {failure.Message}";
            return new RestoredFile(file, null, null, null, Seconds(started), null, message);
        }
    }

    private static double Seconds(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;

    private static int Report(RestoreReport report, List<Exception> failures, CommandOutput output)
    {
        foreach (RestoredFile file in report.Files.Where(file => file.Output is not null))
        {
            output.Line(FormattableString.Invariant(
                $"{file.Output}: {file.Width}x{file.Height} pixels, {file.Seconds:0.0} s"));
        }

        output.Json(report, ReportJson.Default.RestoreReport);
        if (failures.Count == 0)
        {
            return ExitCode.Done;
        }

        if (report.Files.Count == 1)
        {
            return failures[0] is InputException or ShapeException ? ExitCode.Usage : ExitCode.Failed;
        }

        output.Error($"{failures.Count} of {report.Files.Count} files were not restored; the reasons are above");
        return ExitCode.Failed;
    }
}
