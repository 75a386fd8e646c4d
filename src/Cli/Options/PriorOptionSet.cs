using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli;

/// <summary>Declares and reads <see cref="PriorSelection"/>.</summary>
internal sealed class PriorOptionSet
{
    private const string Automatic = "auto";

    private readonly Option<string> _network = OptionFactory.Choice("--network",
        "The network: ours, or as the paper has it.", "default", "paper").WithDefault("default");

    private readonly Option<string> _weights = OptionFactory.Text("--weights", "FILE",
        "A prior of 'train prior', in place of the one that comes with the program.");

    private readonly Option<string> _solver = OptionFactory.Choice("--z-solver",
        "The z-update; auto is the cheapest exact one.", [Automatic, .. ZSolvers.Names]).WithDefault(Automatic);

    private readonly Option<string> _inverse = OptionFactory.Text("--inverse", "FILE",
        "An inverse of 'train inverse', for --z-solver learned or learned-linear.");

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_network);
        command.Add(_weights);
        command.Add(_solver);
        command.Add(_inverse);
    }

    /// <summary>The values that were typed.</summary>
    public PriorSelection Read(ParseResult parsed) => new(
        parsed.GetRequiredValue(_network) == "paper" ? PriorArchitecture.Paper : PriorArchitecture.Default,
        parsed.GetValue(_weights),
        parsed.GetRequiredValue(_solver) is var solver && solver == Automatic ? null : solver,
        parsed.GetValue(_inverse));
}
