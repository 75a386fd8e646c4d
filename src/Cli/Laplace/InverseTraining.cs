using System.Globalization;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>Trains a learned inverse, with a progress line.</summary>
internal static class InverseTraining
{
    /// <summary>Trains and returns the weights.</summary>
    public static InverseWeights Run(
        Device device, InverseProblem problem, InverseArchitecture architecture, int channels, ulong seed,
        TrainingBudget budget, CommandOutput output, CancellationToken cancellation,
        Action<TrainingProgress>? record = null, bool looksLinear = true)
    {
        InverseWeights? weights = null;
        string title = $"training {LearnedSolver.Of(architecture).Name}";
        output.Progress(title, line =>
        {
            using var trainer = new InverseTrainer(device, problem, architecture, channels, seed, looksLinear);
            weights = trainer.Train(
                budget,
                progress =>
                {
                    record?.Invoke(progress);
                    line.Update(progress.Fraction, Status(progress));
                },
                cancellation);
        });
        return weights!;
    }

    /// <summary>The progress of a training as text.</summary>
    public static string Status(TrainingProgress progress)
    {
        double left = progress.Fraction > 0 ? progress.Seconds * (1 - progress.Fraction) / progress.Fraction : 0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {progress.Step}, relative error {progress.RelativeError:0.0e+0}, {left:0} s left");
    }
}
