using System.Diagnostics;
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
        IReadOnlyList<string> inputs = options.Pictures.Files;
        string[] targets = OptionErrors.Naming("--out", () => PictureTargets.For(inputs, directory));
        output.CheckReportIsNot(targets);
        HtmlFile.Check(output);
        if (options.Prior.DenoiserFile is not null && options.Kind != PriorKind.Denoiser)
        {
            throw new InputException("--denoiser replaces the built-in denoiser: add --prior denoiser, or leave it out");
        }

        ImageTask known = ImageTasks.Find(options.Task.Task);
        PriorWeights weights = options.Kind == PriorKind.Denoiser
            ? options.Prior.LoadDenoiser(known)
            : options.Prior.Load(known);
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

        if (restorer.Edges == EdgeModel.Mirrored && options.Edges is null && restorer.Task.Start.MarginIterations > 0)
        {
            output.Note(
                $"the z-solver {options.Prior.ZSolverName} needs a periodic blur, so the margin is mirrored; edges are better " +
                "with --z-solver auto");
        }

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
                (options.Prior.Certificate
                    ? "; certificate: " + Units.Certificate(
                        file.Certificate, file.GuardedSteps, $"{file.ZUpdates} z-updates")
                    : ""));
        }

        var report = new RestoreReport(
            "restore", Application.Version, new ReportedDevice(device.Name, device.Threads), options.Task.Task,
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
        Gallery pictures, string name, Picture measurement, Picture restored, ImageRestorer restorer)
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

    /// <summary>The kernel and the noise are those of the training, unless the options replace them.</summary>
    private static RestorationOptions Restoration(
        RestoreOptions options, ImageTask known, PriorWeights weights, Action<string> note)
    {
        ImageTask task = options.Task.Apply(known.IsVariantOf(weights.Task) ? weights.Task : known, note);
        if (options.Schedule.IsGiven && !weights.IsDenoiser)
        {
            throw new InputException(
                "--lambda and --levels set the schedule of a denoiser; this prior has the ρ of its training: add --prior " +
                "denoiser, or leave them out");
        }

        return new RestorationOptions
        {
            Task = task,
            GreyPrior = options.Kind == PriorKind.Denoiser ? options.Prior.LoadGreyDenoiser(known) : null,
            Rho = options.Rho,
            Schedule = options.Schedule.IsGiven ? options.Schedule.Apply(task.Denoising) : null,
            Tolerance = options.Tolerance,
            Iterations = options.Iterations,
            Alignment = options.Alignment,
            Edges = options.Edges,
            ZSolver = options.Prior.Solver(),
            Tile = options.Tile,
        };
    }

    private static string TrainCommand(ImageTask task) =>
        $"infadmm train prior --task {task.Name} --kernel {task.Kernel.Name} --data PATH --weights FILE";

    private static double Seconds(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;
}
