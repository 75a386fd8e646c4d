using System.CommandLine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Options;

/// <summary>Declares and reads <see cref="PriorSelection"/>.</summary>
internal sealed class PriorOptionSet
{
    private const string Automatic = "auto";

    private readonly Option<string> _network = OptionFactory.Choice("--network",
        "The network: our own, or the paper's.", [.. PriorArchitectures.Names])
        .WithDefault(PriorArchitectures.NameOf(PriorArchitecture.Default));

    private readonly Option<string> _weights = OptionFactory.Text("--weights", "FILE",
        "A prior of 'train prior', instead of the one that comes with the program.");

    private readonly Option<string> _solver = OptionFactory.Choice("--z-solver",
        "The z-update; auto is the cheapest exact one.", [Automatic, .. ZSolvers.Names]).WithDefault(Automatic);

    private readonly Option<string> _inverse = OptionFactory.Text("--inverse", "FILE",
        "An inverse of 'train inverse', for --z-solver learned or learned-linear.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_network);
        command.Add(_weights);
        command.Add(_solver);
        command.Add(_inverse);
    }

    /// <summary>The values that were typed.</summary>
    public PriorSelection Read(ParseResult parsed) => new(
        PriorArchitectures.Parse(parsed.GetRequiredValue(_network)),
        parsed.GetValue(_weights),
        parsed.GetRequiredValue(_solver) is var solver && solver == Automatic ? null : solver,
        parsed.GetValue(_inverse));
}
