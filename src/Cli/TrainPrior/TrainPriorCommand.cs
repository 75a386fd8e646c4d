using System.CommandLine;
using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Cli.TrainPrior;

/// <summary>Declares <c>train prior</c>.</summary>
internal static class TrainPriorCommand
{
    private const double DefaultMinutes = 30;

    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var task = new TaskOptionSet();
        Option<string> data = Required(OptionFactory.Text("--data", "PATH",
            "Images to train on: MNIST idx files, a CUB-200-2011 or CelebA folder (training part), or any folder."));
        Option<string> weights = Required(OptionFactory.Text("--weights", "FILE", "The file to write."));
        Option<string> network = OptionFactory.Choice("--network",
            "The network: our own, or the paper's.", [.. PriorArchitectures.Names])
            .WithDefault(PriorArchitectures.NameOf(PriorArchitecture.Default));
        Option<int?> steps = OptionFactory.Integer("--steps", "N",
            "Steps to train; the same count gives the same weights.", minimum: 1);
        Option<double?> minutes = OptionFactory.Positive("--minutes", "M",
            $"Minutes to train, instead of --steps; {DefaultMinutes} if neither is given.");
        Option<string> checkpoint = OptionFactory.Text("--checkpoint", "DIR",
            "The directory that keeps the state, written every two minutes and at the end; created if missing.");
        Option<bool> resume = new("--resume") { Description = "Continues from the state in --checkpoint." };
        Option<string> initial = OptionFactory.Text("--start", "FILE",
            "Weights of an earlier 'train prior' of this task and network to start from.");
        Option<int?> unroll = OptionFactory.Integer("--unroll", "K",
            "Iterations of ADMM to train through; 0 trains a denoiser. 4 for our network, 0 for the paper's.",
            minimum: 0, maximum: 32);
        Option<int?> pretrain = OptionFactory.Integer("--pretrain-steps", "N",
            "Steps as a denoiser before training through ADMM.", minimum: 0).WithDefault(0);
        Option<int?> batch = OptionFactory.Integer("--batch", "N", "Crops in a step.", minimum: 1, maximum: 1024)
            .WithDefault(8);
        Option<int?> crop = OptionFactory.Integer("--crop", "N",
            "Height and width of a crop; 96, or 28 for digits.", minimum: 4, maximum: 4096);
        Option<double?> rate = OptionFactory.Positive("--learning-rate", "R", "The largest learning rate.", maximum: 1)
            .WithDefault(5e-4);
        Option<string> loss = OptionFactory.Choice("--loss",
            "The training error: l1, l2, or psnr, the mean over images of ln(mse).", "l1", "l2", "psnr")
            .WithDefault("l1");

        var command = new Command("prior", "Trains the network that is the prior of an image task.")
        {
            data, network, steps, minutes, checkpoint, resume, initial, unroll, pretrain, batch, crop, rate, loss,
            weights,
        };
        task.AddTo(command);
        run.Handle(
            command,
            parsed => new TrainPriorOptions(
                task.Read(parsed),
                parsed.GetRequiredValue(data),
                PriorArchitectures.Parse(parsed.GetRequiredValue(network)),
                parsed.GetRequiredValue(weights))
            {
                Budget = Budget(parsed.GetValue(steps), parsed.GetValue(minutes)),
                Checkpoint = parsed.GetValue(checkpoint),
                Resume = parsed.GetValue(resume),
                Initial = parsed.GetValue(initial),
                Unroll = parsed.GetValue(unroll),
                PretrainSteps = parsed.GetRequiredValue(pretrain)!.Value,
                Batch = parsed.GetRequiredValue(batch)!.Value,
                Crop = parsed.GetValue(crop),
                LearningRate = parsed.GetRequiredValue(rate)!.Value,
                Loss = Enum.Parse<PriorLoss>(parsed.GetRequiredValue(loss), ignoreCase: true),
            },
            TrainPriorHandler.Run);
        return command;
    }

    private static TrainingBudget Budget(int? steps, double? minutes)
    {
        if (steps is not null && minutes is not null)
        {
            throw new InputException("--steps and --minutes exclude each other: give one of them");
        }

        return steps is { } count
            ? new TrainingBudget(Steps: count)
            : new TrainingBudget(Seconds: 60 * (minutes ?? DefaultMinutes));
    }

    private static Option<T> Required<T>(Option<T> option)
    {
        option.Required = true;
        return option;
    }
}
