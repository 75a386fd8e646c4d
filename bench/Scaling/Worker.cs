using System.Diagnostics;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Mpi;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Bench.Scaling;

/// <summary>What a measurement found, in seconds.</summary>
/// <param name="Processes">The processes of the job.</param>
/// <param name="Step">The median time of a step.</param>
/// <param name="Bytes">The bytes of gradients that a process adds to the sum in a step.</param>
/// <param name="Sums">The time of the sums in a step, from the first start to the last end.</param>
/// <param name="Exposed">The part of that time in which the process waited.</param>
/// <param name="Waited">All time in a step in which the process waited for others, for gradients and for decisions.</param>
/// <param name="Latency">The time of a sum of one value.</param>
/// <param name="LargeSum">The time of a sum of all gradients at once.</param>
internal sealed record Measured(
    int Processes, double Step, long Bytes, double Sums, double Exposed, double Waited, double Latency, double LargeSum);

/// <summary>One process of a measurement: trains on noise, so that no file is read.</summary>
internal static class Worker
{
    private const int LatencySums = 1000;
    private const int LargeSums = 30;

    public static void Run(int steps, int crops)
    {
        using ProcessGroup joined = MpiGroup.Join();
        var group = new TimedGroup(joined);
        using var device = CpuDevice.Create(threads: 1);
        var options = PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: crops * group.Size);
        var times = new List<double>();
        long last = 0;
        using var trainer = new PriorTrainer(device, options, Fill, group: group);
        trainer.Train(new TrainingBudget(steps));
        double waited = group.Waited / steps;
        GradientSum sum = trainer.GradientSum!;
        double median = times.Order().ElementAt(times.Count / 2);
        Console.WriteLine(JsonSerializer.Serialize(new Measured(
            group.Size, median, sum.BytesPerStep, sum.Seconds / steps, sum.ExposedSeconds / steps, waited, Latency(group),
            LargeSum(group, (int)(sum.BytesPerStep / sizeof(float))))));

        void Fill(long batch, Span<float> images)
        {
            long now = Stopwatch.GetTimestamp();
            if (batch > 1)
            {
                times.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            }

            last = now;
            var random = new Random((int)batch * group.Size + group.Rank);
            foreach (ref float value in images)
            {
                value = random.NextSingle();
            }
        }
    }

    private static double Latency(ProcessGroup group)
    {
        double[] value = [1];
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < LatencySums; i++)
        {
            group.Sum(value);
        }

        return clock.Elapsed.TotalSeconds / LatencySums;
    }

    private static double LargeSum(ProcessGroup group, int count)
    {
        float[] values = new float[count];
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < LargeSums; i++)
        {
            group.Wait(group.SumAsync(values));
        }

        return clock.Elapsed.TotalSeconds / LargeSums;
    }
}
