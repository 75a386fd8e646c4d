using System.CommandLine;

namespace InfAdmm.Cli;

/// <summary>Declares and reads <see cref="LaplaceOptions"/>.</summary>
internal sealed class LaplaceOptionSet
{
    private readonly OperatorOptionSet _operator = new();

    private readonly Option<double?> _sigma = OptionFactory.Positive("--sigma", "SIGMA",
        "Standard deviation of the noise.");

    private readonly Option<double?> _scale = OptionFactory.Positive("--scale", "B",
        "Scale of the Laplace prior.");

    private readonly Option<double?> _density = OptionFactory.Positive("--density", "SHARE",
        "Share of the pixels of x that are drawn; the others are 0.", maximum: 1);

    private readonly Option<int?> _iterations = OptionFactory.Integer("--iterations", "N",
        "Iterations of ADMM; 30 for paper, 200 for sparse.", minimum: 1);

    private readonly Option<string> _y = OptionFactory.Text("--y", "FILE",
        "Your own measurement: .npy or a picture.");

    private readonly Option<IReadOnlyList<string>> _solvers = OptionFactory.Choices("--solvers",
        "The z-solvers to run; all that apply if left out.", SolverNames.All);

    private readonly Option<double?> _tolerance = OptionFactory.Positive("--tolerance", "RESIDUAL",
        "Relative residual at which inner loops stop.").WithDefault(1e-6);

    private readonly Option<int?> _maxInner = OptionFactory.Integer("--max-inner", "N",
        "Inner iterations at most.", minimum: 1).WithDefault(10000);

    private readonly Option<string> _weights = OptionFactory.Text("--weights", "FILE",
        "Weights of a learned solver.");

    private readonly Option<bool> _retrain = new("--retrain") { Description = "Trains the learned solvers first." };

    private readonly Option<double?> _trainSeconds = OptionFactory.Positive("--train-seconds", "S",
        "How long each learned solver trains.").WithDefault(60);

    private readonly Option<int?> _refine = OptionFactory.Integer("--refine", "N",
        "Refinement steps of the learned solvers.", minimum: 0).WithDefault(0);

    private readonly Option<string> _update = OptionFactory.Choice("--update",
        "The z-update: in residual form, or the paper's (11).", "residual", "published").WithDefault("residual");

    private readonly Option<int?> _repeat = OptionFactory.Integer("--repeat", "N",
        "Runs of each solver, of which the median counts.", minimum: 1).WithDefault(3);

    private readonly Option<string> _dump = OptionFactory.Text("--dump", "DIR",
        "Writes the final tensors as .npy; made if missing.");

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _operator.AddTo(command);
        foreach (Option option in new Option[]
        {
            _sigma, _scale, _density, _iterations, _y, _solvers, _tolerance, _maxInner, _weights, _retrain,
            _trainSeconds, _refine, _update, _repeat, _dump,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>The values that were typed.</summary>
    public LaplaceOptions Read(ParseResult parsed)
    {
        OperatorOptions a = _operator.Read(parsed);
        return new LaplaceOptions(
            a.Preset,
            a.Size,
            a.Stride,
            a.Kernel,
            parsed.GetValue(_sigma),
            parsed.GetValue(_scale),
            parsed.GetValue(_density),
            a.Rho,
            parsed.GetValue(_iterations),
            parsed.GetValue(_y),
            parsed.GetValue(_solvers),
            parsed.GetValue(_tolerance)!.Value,
            parsed.GetValue(_maxInner)!.Value,
            parsed.GetValue(_weights),
            parsed.GetValue(_retrain),
            parsed.GetValue(_trainSeconds)!.Value,
            parsed.GetValue(_refine)!.Value,
            parsed.GetRequiredValue(_update),
            parsed.GetValue(_repeat)!.Value,
            parsed.GetValue(_dump));
    }
}
