using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Cli;

/// <summary>Declares <c>train prior</c>.</summary>
internal static class TrainPriorCommand
{
    private const double DefaultMinutes = 30;

    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        Option<string> task = Required(OptionFactory.Choice(
            "--task", "What the prior is for.", [.. ImageTask.Names]));
        Option<string> data = Required(OptionFactory.Text("--data", "PATH",
            "Images to train on: MNIST idx files, a CUB-200-2011 or CelebA folder (its training part), or any folder."));
        Option<string> weights = Required(OptionFactory.Text("--weights", "FILE", "The file to write."));
        Option<string> network = OptionFactory.Choice("--network",
            "The network: ours, or as the paper has it.", "default", "paper").WithDefault("default");
        Option<int?> steps = OptionFactory.Integer("--steps", "N",
            "How many steps to train: the same count gives the same weights.", minimum: 1);
        Option<double?> minutes = OptionFactory.Positive("--minutes", "M",
            $"How long to train, in place of --steps; {DefaultMinutes} if neither is given.");
        Option<string> checkpoint = OptionFactory.Text("--checkpoint", "DIR",
            "Keeps the state there, every two minutes and at the end; made if missing.");
        Option<bool> resume = new("--resume") { Description = "Goes on from the state in --checkpoint." };
        Option<string> initial = OptionFactory.Text("--start", "FILE",
            "Weights of an earlier 'train prior' of this task and network to start from.");
        Option<int?> unroll = OptionFactory.Integer("--unroll", "K",
            "Iterations of ADMM to train through; 0 trains a denoiser. 4 for our network, 0 for the paper's.",
            minimum: 0, maximum: 32);
        Option<int?> pretrain = OptionFactory.Integer("--pretrain-steps", "N",
            "Steps as a denoiser before training through ADMM.", minimum: 0).WithDefault(0);
        Option<int?> batch = OptionFactory.Integer("--batch", "N", "Crops a step.", minimum: 1, maximum: 1024)
            .WithDefault(8);
        Option<int?> crop = OptionFactory.Integer("--crop", "N",
            "Height and width of a crop; 96, of digits 28.", minimum: 4, maximum: 4096);
        Option<double?> rate = OptionFactory.Positive("--learning-rate", "R", "The largest learning rate.", maximum: 1)
            .WithDefault(5e-4);
        Option<string> loss = OptionFactory.Choice("--loss", "The training error: l1, l2, or psnr, the mean over images of ln(mse).", "l1", "l2", "psnr").WithDefault("l1");
        Option<string> kernel = OptionFactory.Text("--kernel", "K",
            "Another blur than the task's: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file.");
        Option<double?> noise = OptionFactory.Positive("--noise", "SIGMA", "Another noise than the task's.");

        var command = new Command("prior", "Trains the network that is the prior of an image task.")
        {
            task, data, network, steps, minutes, checkpoint, resume, initial, unroll, pretrain, batch, crop, rate, loss, kernel,
            noise, weights,
        };
        run.Handle(
            command,
            parsed => new TrainPriorOptions(
                parsed.GetRequiredValue(task),
                parsed.GetRequiredValue(data),
                parsed.GetRequiredValue(network) == "paper" ? PriorArchitecture.Paper : PriorArchitecture.Default,
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
                Kernel = parsed.GetValue(kernel),
                Noise = parsed.GetValue(noise),
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
