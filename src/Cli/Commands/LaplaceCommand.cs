using System.CommandLine;

namespace InfAdmm.Cli;

/// <summary>Declares <c>laplace</c>.</summary>
internal static class LaplaceCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var operators = new OperatorOptionSet();
        Option<double?> sigma = OptionFactory.Positive("--sigma", "SIGMA", "Standard deviation of the noise.");
        Option<double?> scale = OptionFactory.Positive("--scale", "B", "Scale of the Laplace prior.");
        Option<double?> density = OptionFactory.Positive("--density", "SHARE",
            "Share of the pixels of x that are drawn; the others are 0.", maximum: 1);
        Option<int?> iterations = OptionFactory.Integer("--iterations", "N",
            "Iterations of ADMM; 30 for paper, 200 for sparse.", minimum: 1);
        Option<string> y = OptionFactory.Text("--y", "FILE", "Your own measurement: .npy or a picture.");
        Option<IReadOnlyList<string>> solvers = OptionFactory.Choices("--solvers",
            "The z-solvers to run; all that apply if left out.", SolverNames.All);
        Option<double?> tolerance = OptionFactory.Positive("--tolerance", "RESIDUAL",
            "Relative residual at which inner loops stop.").WithDefault(1e-6);
        Option<int?> maxInner = OptionFactory.Integer("--max-inner", "N",
            "Inner iterations at most.", minimum: 1).WithDefault(10000);
        Option<string> weights = OptionFactory.Text("--weights", "FILE", "Weights of a learned solver.");
        var retrain = new Option<bool>("--retrain") { Description = "Trains the learned solvers first." };
        Option<double?> trainSeconds = OptionFactory.Positive("--train-seconds", "S",
            "How long each learned solver trains.").WithDefault(60);
        Option<int?> refine = OptionFactory.Integer("--refine", "N",
            "Refinement steps of the learned solvers.", minimum: 0).WithDefault(0);
        Option<string> update = OptionFactory.Choice("--update",
            "The z-update: in residual form, or the paper's (11).", "residual", "published").WithDefault("residual");
        Option<int?> repeat = OptionFactory.Integer("--repeat", "N",
            "Runs of each solver, of which the median counts.", minimum: 1).WithDefault(3);
        Option<string> dump = OptionFactory.Text("--dump", "DIR",
            "Writes the final tensors as .npy; made if missing.");

        var command = new Command("laplace", "The synthetic experiment: all z-solvers on one problem.");
        operators.AddTo(command);
        foreach (Option option in new Option[]
        {
            sigma, scale, density, iterations, y, solvers, tolerance, maxInner, weights, retrain, trainSeconds,
            refine, update, repeat, dump,
        })
        {
            command.Add(option);
        }

        run.Handle(command, Read, LaplaceHandler.Run);
        return command;

        LaplaceOptions Read(ParseResult parsed)
        {
            OperatorOptions a = operators.Read(parsed);
            return new LaplaceOptions(
                a.Preset,
                a.Size,
                a.Stride,
                a.Kernel,
                parsed.GetValue(sigma),
                parsed.GetValue(scale),
                parsed.GetValue(density),
                a.Rho,
                parsed.GetValue(iterations),
                parsed.GetValue(y),
                parsed.GetValue(solvers),
                parsed.GetValue(tolerance)!.Value,
                parsed.GetValue(maxInner)!.Value,
                parsed.GetValue(weights),
                parsed.GetValue(retrain),
                parsed.GetValue(trainSeconds)!.Value,
                parsed.GetValue(refine)!.Value,
                parsed.GetRequiredValue(update),
                parsed.GetValue(repeat)!.Value,
                parsed.GetValue(dump));
        }
    }
}
