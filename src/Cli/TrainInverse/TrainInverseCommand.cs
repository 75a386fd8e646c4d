using System.CommandLine;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>Declares <c>train inverse</c>.</summary>
internal static class TrainInverseCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        Option<string> kernel = Required(OperatorOptionSet.KernelOption());
        Option<int?> stride = Required(OptionFactory.Integer("--stride", "S",
            "Keeps each S-th pixel of each S-th row.", minimum: 1));
        Option<double?> rho = Required(OptionFactory.Positive("--rho", "RHO", "The penalty of ADMM."));
        Option<string> boundary = OperatorOptionSet.BoundaryOption();
        Option<string> weights = Required(OptionFactory.Text("--weights", "FILE", "The file to write."));
        Option<int?> channels = OptionFactory.Integer("--channels", "N", "Channels of y.", minimum: 1).WithDefault(1);
        Option<string> architecture = OptionFactory.Choice("--architecture",
            "The network: as published, or without ReLU.", "paper", "linear").WithDefault("linear");
        Option<double?> seconds = OptionFactory.Positive("--seconds", "S", "How long to train.").WithDefault(60);
        Option<int?> steps = OptionFactory.Integer("--steps", "N",
            "How many steps to train, in place of --seconds: the same count gives the same weights.", minimum: 1);

        Option<string> initialization = OptionFactory.Choice("--initialization",
            "First weights of the paper's network: filters in pairs of opposite sign, or all independent.",
            "looks-linear", "random").WithDefault("looks-linear");

        var command = new Command("inverse", "Trains the learned inverse C of ρI + AAᵀ for an operator, from noise.")
        {
            kernel, stride, rho, boundary, channels, architecture, seconds, steps, initialization, weights,
        };
        run.Handle(
            command,
            parsed => new TrainInverseOptions(
                parsed.GetRequiredValue(kernel),
                parsed.GetRequiredValue(stride)!.Value,
                parsed.GetRequiredValue(rho)!.Value,
                OperatorOptionSet.ParseBoundary(parsed.GetRequiredValue(boundary)),
                parsed.GetRequiredValue(channels)!.Value,
                parsed.GetRequiredValue(architecture),
                parsed.GetRequiredValue(seconds)!.Value,
                parsed.GetValue(steps),
                parsed.GetRequiredValue(initialization),
                parsed.GetRequiredValue(weights)),
            TrainInverseHandler.Run);
        return command;
    }

    private static Option<T> Required<T>(Option<T> option)
    {
        option.Required = true;
        return option;
    }
}
