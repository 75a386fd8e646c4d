using System.CommandLine;
using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

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
        "The z-solvers to run; all that apply if left out.", [.. ZSolvers.Names]);

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
    public LaplaceOptions Read(ParseResult parsed) => new(_operator.Read(parsed))
    {
        Sigma = parsed.GetValue(_sigma),
        Scale = parsed.GetValue(_scale),
        Density = parsed.GetValue(_density),
        Iterations = parsed.GetValue(_iterations),
        Y = parsed.GetValue(_y),
        Solvers = parsed.GetValue(_solvers),
        InnerLoop = new InnerLoopSpec((float)parsed.GetValue(_tolerance)!.Value, parsed.GetValue(_maxInner)!.Value),
        Weights = parsed.GetValue(_weights),
        Retrain = parsed.GetValue(_retrain),
        TrainSeconds = parsed.GetValue(_trainSeconds)!.Value,
        Refine = parsed.GetValue(_refine)!.Value,
        Update = Enum.Parse<UpdateForm>(parsed.GetRequiredValue(_update), ignoreCase: true),
        Repeat = parsed.GetValue(_repeat)!.Value,
        Dump = parsed.GetValue(_dump),
    };
}
