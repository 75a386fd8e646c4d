using System.Globalization;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Onnx;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Onnx;
using InfAdmm.Solvers.Operators;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Export;

/// <summary>Runs <c>export</c>.</summary>
internal static class ExportHandler
{
    /// <summary>Writes a trained network, or an iteration of ADMM, as an ONNX file.</summary>
    public static int Run(
        ExportOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        OptionErrors.Naming("--out", () => AtomicFile.CheckWritable(options.Model));
        CheckTogether(options);
        WeightSet weights = OptionErrors.Naming("--weights", () => SafeTensorsFile.Load(options.Weights));

        // The device only holds the weights while they are written.
        using Device device = CpuDevice.Create(common.Threads);
        OnnxGraph model = options.Iteration
            ? CreateIteration(options, device, weights)
            : PriorWeights.Is(weights)
                ? CreatePrior(options, device, weights)
                : InverseModel.Create(device, FindInverse(options, weights), options.Size);
        cancellation.ThrowIfCancellationRequested();
        OptionErrors.Naming("--out", () => model.Save(options.Model));
        var report = new ExportReport(
            "export", Application.Version, options.Model, model.ToModel().LongLength, OnnxGraph.OperatorSet,
            [.. model.Inputs.Select(Describe)], [.. model.Outputs.Select(Describe)], model.Metadata);
        Print(output, report);
        output.Json(report, ReportJson.Default.ExportReport);
        return ExitCode.Done;
    }

    private static void CheckTogether(ExportOptions options)
    {
        string? unused = options.Iteration ? null : options switch
        {
            { Prior: not null } => "--prior",
            { Task: not null } => "--task",
            { Kernel: not null } => "--kernel",
            { Stride: not null } => "--stride",
            _ => null,
        };
        if (unused is not null)
        {
            throw new InputException($"{unused} needs --iteration: add it, or remove {unused}");
        }

        if (options.Task is not null && (options.Kernel ?? (object?)options.Stride) is not null)
        {
            throw new InputException("--task sets kernel and stride: remove --kernel and --stride, or --task");
        }
    }

    private static OnnxGraph CreatePrior(ExportOptions options, Device device, WeightSet weights)
    {
        if (options.Rho is not null)
        {
            throw new InputException("--rho chooses among inverses, and --weights is a prior: remove --rho");
        }

        return Model(options, LoadPrior("--weights", options.Weights, weights, ImageTasks.SuperResolution), "--weights")
            .Create(device);
    }

    private static OnnxGraph CreateIteration(ExportOptions options, Device device, WeightSet weights)
    {
        if (PriorWeights.Is(weights))
        {
            throw new InputException(
                $"--weights {options.Weights}: is a prior, and --iteration needs a trained inverse: pass the prior " +
                "with --prior, and an inverse from 'infadmm train inverse' with --weights");
        }

        InverseWeights inverse = FindInverse(options, weights);
        InverseProblem problem = inverse.Problem;
        CheckOperator(options, inverse);
        ImageTask? task = options.Task is { } name ? ImageTasks.Find(name) : null;
        if (options.Prior is not { } file)
        {
            if (options.Step is not null)
            {
                throw new InputException("--step needs --prior: add it, or remove --step");
            }

            if (task is not null)
            {
                OptionErrors.Naming("--task", () => PriorModel.CheckOperator(task, inverse));
            }

            return new IterationModel(inverse)
            {
                Channels = task?.Channels,
                GreyWeights = task?.GreyWeights,
                Side = options.Size,
            }.Create(device);
        }

        // A denoiser that no task was given for acts on the operator of the inverse, for each channel separately.
        ImageTask used =
            task ?? ImageTasks.SuperResolution with { Name = "any", Kernel = problem.Kernel, Stride = problem.Stride };
        WeightSet priorWeights = OptionErrors.Naming("--prior", () => SafeTensorsFile.Load(file));
        PriorWeights prior = LoadPrior("--prior", file, priorWeights, used);
        if (task is not null && prior.WhyNot(task, task.Channels ?? prior.Channels) is { } reason)
        {
            throw new InputException($"--prior {reason}: choose another --task or --prior");
        }

        PriorModel model = Model(options, prior, "--prior");
        OptionErrors.Naming("--weights", () => PriorModel.CheckOperator(prior.Task, inverse));
        return model.CreateIteration(device, inverse);
    }

    private static PriorWeights LoadPrior(string option, string file, WeightSet weights, ImageTask task) =>
        OptionErrors.Naming(option, () => Advice.Add(
            "; train one with 'infadmm train prior'",
            () => PriorWeights.FromWeights(weights, file, PriorWeights.IsForEveryTask(weights) ? task : null)));

    private static PriorModel Model(ExportOptions options, PriorWeights prior, string option) =>
        options.Step > prior.Uses
            ? throw new InputException(prior.Uses == 1
                ? $"--step {options.Step}: {option} {prior.Source} is one network for all steps: remove --step"
                : $"--step {options.Step}: {option} {prior.Source} has statistics for {prior.Uses} steps: choose one")
            : new PriorModel(prior) { Side = options.Size, Step = options.Step - 1 ?? 0 };

    /// <summary>The inverse of the file for the chosen ρ.</summary>
    private static InverseWeights FindInverse(ExportOptions options, WeightSet weights)
    {
        if (LocalFilters.Is(weights))
        {
            throw new InputException(
                $"--weights {options.Weights}: filters that vary across the grid depend on the place of each " +
                "measurement, the mask and ρ, and cannot be written as ONNX: train an inverse with --architecture paper or linear");
        }

        if (options.Step is not null && !options.Iteration)
        {
            throw new InputException("--step is for priors, and --weights is none: remove --step");
        }

        IReadOnlyList<InverseWeights> inverses = OptionErrors.Naming("--weights", () => Advice.Add(
            "; give a file from 'infadmm train prior', 'train denoiser' or 'train inverse'",
            () => InverseSet.FromWeights(weights, options.Weights)));
        string known = string.Join(
            ", ", inverses.Select(inverse => inverse.Problem.Rho.ToString(CultureInfo.InvariantCulture)));
        return options.Rho is not { } rho
            ? inverses is [var single]
                ? single
                : throw new InputException(
                    $"--rho is missing: {options.Weights} has inverses for ρ = {known}: choose one of them")
            : inverses.FirstOrDefault(inverse => inverse.Problem.IsSameAs(inverse.Problem with { Rho = rho }))
                ?? throw new InputException(FormattableString.Invariant(
                    $"--rho {rho}: {options.Weights} has inverses for ρ = {known}: ") +
                    "choose one of them, or train another with 'infadmm train inverse'");
    }

    /// <summary>Checks that the inverse was trained for the operator that was given, where one was.</summary>
    private static void CheckOperator(ExportOptions options, InverseWeights inverse)
    {
        InverseProblem problem = inverse.Problem;
        if (options.Kernel is { } text
            && !OptionErrors.Naming("--kernel", () => BlurKernel.Parse(text)).IsSameAs(problem.Kernel))
        {
            throw new InputException(
                $"--kernel {text}: {options.Weights} was trained for {problem.Kernel.Name}: train an inverse for " +
                "this kernel with 'infadmm train inverse', or remove --kernel");
        }

        if (options.Stride is { } stride && stride != problem.Stride)
        {
            throw new InputException(
                $"--stride {stride}: {options.Weights} was trained for stride {problem.Stride}: train an inverse " +
                "for this stride with 'infadmm train inverse', or remove --stride");
        }
    }

    private static ExportedValue Describe(OnnxValue value) =>
        new(value.Name, [.. value.Extents.Select(extent => extent.ToString())]);

    private static void Print(CommandOutput output, ExportReport report)
    {
        foreach (ExportedValue input in report.Inputs)
        {
            output.Line($"input  {Text(input)}");
        }

        foreach (ExportedValue value in report.Outputs)
        {
            output.Line($"output {Text(value)}");
        }

        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"model: {report.File}, {report.Bytes / 1e3:0.0} kB, opset {report.OperatorSet}"));
    }

    private static string Text(ExportedValue value) =>
        $"{value.Name} ({(value.Extents.Count == 0 ? "number" : string.Join(", ", value.Extents))})";
}
