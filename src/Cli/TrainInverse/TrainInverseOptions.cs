using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>The options of <c>train inverse</c>.</summary>
internal sealed class TrainInverseOptions(OptionBinder options)
{
    /// <summary>Initial weights of the paper's network with filters in pairs of opposite sign.</summary>
    private const string LooksLinearName = "looks-linear";

    private readonly string _initialization = options.WithDefault(
        OptionFactory.Choice("--initialization",
            "Initial weights of the paper's network: filters in pairs of opposite sign, or all independent.",
            LooksLinearName, "random"),
        LooksLinearName);

    /// <summary>The blur H: gaussian:9:1.5, motion:9:30 or a CSV file; null for that of the task.</summary>
    public string? Kernel { get; } = options.Optional(OperatorOptions.KernelOption());

    /// <summary>The stride of the decimation S; null for that of the task.</summary>
    public int? Stride { get; } = options.Optional(OperatorOptions.StrideOption());

    /// <summary>The image task whose operator is to be inverted; null for that of kernel and stride.</summary>
    public string? Task { get; } = options.Optional(OptionFactory.Choice("--task",
        "The operator of an image task, instead of --kernel and --stride.", [.. ImageTasks.Names]));

    /// <summary>The penalties ρ; an inverse is trained for each.</summary>
    public IReadOnlyList<double> Rho { get; } = options.Required(OptionFactory.PositiveList("--rho", "R[,R…]",
        "ADMM penalties; an inverse is trained for each, and one file holds all."));

    /// <summary>How the blur extends an image beyond its edges.</summary>
    public Boundary Boundary { get; } = OperatorOptions.BoundaryChoice(options);

    /// <summary>The channels of y.</summary>
    public int Channels { get; } = options.WithDefault(
        OptionFactory.Integer("--channels", "N", "Number of channels of y.", minimum: 1), 1);

    /// <summary>The network architecture.</summary>
    public InverseKind Architecture { get; } = options.Choice("--architecture",
        "The paper's network without ReLU (linear), as published (paper), or filters that vary across the grid, " +
        "for all ρ between the smallest and the largest (local).", InverseKind.Linear);

    /// <summary>Which kind of operator A is; all but a blur need the architecture <c>local</c>.</summary>
    public OperatorKind Operator { get; } = options.Choice("--operator",
        "The operator, for --architecture local: a blur, a blur with missing measurements (any mask), or a blur " +
        "that varies across the image.", OperatorKind.Blur);

    /// <summary>The kernels of a varying blur: a folder of CSV files, or field.</summary>
    public string? Kernels { get; } = options.Optional(OperatorOptions.KernelsOption());

    /// <summary>The training time for each ρ, in seconds.</summary>
    public double Seconds { get; } = options.WithDefault(
        OptionFactory.Positive("--seconds", "S", "Training time for each penalty, in seconds."), 60.0);

    /// <summary>The number of training steps; null to use the time limit.</summary>
    public int? Steps { get; } = options.Optional(OptionFactory.Integer("--steps", "N",
        "Number of training steps, instead of --seconds; the same number gives the same weights.", minimum: 1));

    /// <summary>The weights file to write.</summary>
    public string Weights { get; } = options.Required(
        OptionFactory.Output("--weights", "FILE", "The weights file to write."));

    /// <summary>The operator for the architecture <c>local</c>.</summary>
    /// <exception cref="InputException">The operator is not complete, or is given twice.</exception>
    public LocalModel Model()
    {
        if (Channels != 1)
        {
            throw new InputException("--channels: filters act on each channel alike: leave the option out");
        }

        if (Operator == OperatorKind.Varying)
        {
            if (Kernel is not null || Task is not null || Stride is null)
            {
                throw new InputException(
                    "--operator varying needs --stride and takes its kernels from --kernels: add --stride, and remove " +
                    "--kernel and --task");
            }

            KernelField field = OperatorInput.ReadField(Kernels, LaplaceSettings.Sparse.Kernel.Height);
            return new LocalModel(field, Stride.Value, Boundary);
        }

        CheckKernels();
        InverseProblem problem = Problems()[0];
        return new LocalModel(
            new KernelField([problem.Kernel], 1), problem.Stride, problem.Boundary,
            Operator == OperatorKind.Masked ? LocalModel.AnyMask : null);
    }

    /// <summary>The problems, one for each ρ.</summary>
    /// <exception cref="InputException">The operator is not complete, or is given twice.</exception>
    public IReadOnlyList<InverseProblem> Problems()
    {
        if (Operator != OperatorKind.Blur && Architecture != InverseKind.Local)
        {
            throw new InputException(
                $"--operator {OptionFactory.NameOf(Operator)}: the paper's network can be trained for a blur only: " +
                "add --architecture local");
        }

        CheckKernels();
        if (Task is { } name)
        {
            if (Kernel is not null || Stride is not null || Boundary != Boundary.Periodic)
            {
                throw new InputException("--task sets kernel, stride and boundary: remove the other options, or --task");
            }

            return [.. Rho.Select(ImageTasks.Find(name).InverseProblem)];
        }

        if (Kernel is not { } kernel || Stride is not { } stride)
        {
            string missing = Kernel is null ? "--kernel" : "--stride";
            throw new InputException($"'{missing}' is missing: give --kernel and --stride, or --task");
        }

        var blur = BlurKernel.Parse(kernel);
        return [.. Rho.Select(rho => new InverseProblem(blur, stride, rho, Boundary))];
    }

    /// <summary>Whether the initial filters of the paper's network are in pairs of opposite sign.</summary>
    public bool LooksLinear => _initialization == LooksLinearName;

    private void CheckKernels()
    {
        if (Kernels is not null)
        {
            throw new InputException("--kernels needs --operator varying: add it, or remove --kernels");
        }
    }
}
