using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.ZUpdate;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Measures the time to restore one image, 256×256 in colour or a 28×28 digit, with the shipped weights: the total
/// and its parts. Medians of interleaved rounds.
/// </summary>
internal static class Restoration
{
    private const int Rounds = 31;

    public static void Run(Device device, TextWriter text)
    {
        text.WriteLine();
        text.WriteLine("## Time to restore one image, 256²×3 (digits 28²), ms (medians of interleaved rounds)");
        text.WriteLine();
        text.WriteLine(
            "| task, network | iterations | image | start | network, all its. | z-update | all its. | share of z |");
        text.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (ImageTask task in ImageTasks.All)
        {
            foreach (PriorArchitecture architecture in (PriorArchitecture[])[PriorArchitecture.Default, PriorArchitecture.Paper])
            {
                text.WriteLine(Row(device, ShippedWeights.Prior(task.Name, architecture)));
            }
        }
    }

    private static string Row(Device device, PriorWeights weights)
    {
        int side = weights.Channels == 1 ? weights.Task.DefaultCrop : 256;
        var image = new Shape(1, weights.Channels, side, side);
        using var a = new TaskOperator(device, weights.Task, image);
        using var scope = new TensorScope(device);
        Tensor x = scope.Allocate(image);
        Tensor z = scope.Allocate(image);
        Tensor y = scope.Allocate(a.MeasurementShape);
        Tensor level = scope.Add(device.Allocate(Shape.Scalar, [1]));
        device.FillNormal(seed: 0, stream: 0, x);
        a.Measure(x, seed: 0, stream: 1, y);
        int iterations = weights.Rho.Count;
        using var prior = new LearnedProximal(device, weights, y, image);
        ZSolverContext context = a.Context(y, weights.RhoOf(0));
        ZSolver cheapest = ZSolvers.CheapestExact(context.Operator);
        using IZUpdate exact = cheapest.Create(context);
        using var loop = new PriorLoop(a, y, weights);
        using IStartEstimate first = weights.Task.Start.Create(a, y);
        double[] medians = Medians(
            device,
            () =>
            {
                first.Apply(z);
                loop.Start(z);
                for (int k = 0; k < iterations; k++)
                {
                    loop.Step();
                }
            },
            () => first.Apply(z),
            () => prior.Apply(x, level, z),
            () => exact.Solve(x, z));
        (double whole, double start, double network, double update) = (medians[0], medians[1], medians[2], medians[3]);
        return $"| {weights.Task.Name}, {PriorArchitectures.NameOf(weights.Architecture)} | {iterations} | " +
            $"{whole:0.00} | " +
            $"{start:0.00} | {iterations * network:0.00} | {cheapest.Name} | {iterations * update:0.000} | " +
            $"{iterations * update / whole:0%} |";
    }

    private static double[] Medians(Device device, params Action[] works)
    {
        List<double>[] seconds = [.. works.Select(_ => new List<double>())];
        for (int round = -1; round < Rounds; round++)
        {
            for (int i = 0; i < works.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                works[i]();
                device.Synchronize();

                // The first round is a warm-up.
                if (round >= 0)
                {
                    seconds[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }

        return [.. seconds.Select(times => times.Median())];
    }
}
