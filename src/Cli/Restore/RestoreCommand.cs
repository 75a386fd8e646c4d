using System.CommandLine;
using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Cli.Restore;

/// <summary>Declares <c>restore</c>.</summary>
internal static class RestoreCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var task = new TaskOptionSet();
        var prior = new PriorOptionSet();
        var files = new Argument<string[]>("FILES")
        {
            Description = "Pictures to restore: small ones for sr4 and color-sr2, blurred ones for deblur.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<double?> rho = OptionFactory.Positive("--rho", "RHO",
            "One penalty of ADMM for all iterations; default: those that were trained.");
        Option<int?> iterations = OptionFactory.Integer("--iterations", "K",
            "Iterations of ADMM; default: as many as were trained.", minimum: 1, maximum: 100_000);
        Option<int?> tile = OptionFactory.Integer("--tile", "N",
            "Restores pictures in overlapping tiles of at most N pixels a side, counted in the result; 0 never does.",
            minimum: 0, maximum: 1 << 15).WithDefault(RestorationOptions.DefaultTile);
        var command = new Command(
            "restore", "Restores pictures from their measurements: PNG files in the directory of --out.");
        command.Add(files);
        task.AddTo(command);
        prior.AddTo(command);
        foreach (Option option in new Option[] { rho, iterations, tile })
        {
            command.Add(option);
        }

        run.Handle(
            command,
            parsed => new RestoreOptions(task.Read(parsed), prior.Read(parsed), parsed.GetRequiredValue(files))
            {
                Rho = parsed.GetValue(rho),
                Iterations = parsed.GetValue(iterations),
                Tile = parsed.GetRequiredValue(tile)!.Value,
            },
            RestoreHandler.Run);
        return command;
    }
}
