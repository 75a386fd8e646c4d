using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Latency;

/// <summary>One restorer, called again and again, in turns with the loop of the same size and nothing around it.</summary>
internal static class SingleCaller
{
    private const int WarmUpCalls = 50;

    public static void Run(string task, int size, int calls, CpuThreadOptions options)
    {
        using var threads = new CpuThreads(options);
        using CpuDevice device = CpuDevice.Create(threads);
        using var restorer = Restorer.Load(task, device);
        int side = size / restorer.Task.Stride;
        Picture picture = new(restorer, side);
        restorer.Prepare(side, side);
        using var loop = new BareLoop(device, restorer, picture.Layout.Shape);
        double[] restoring = new double[calls];
        double[] values = new double[calls];
        double[] bare = new double[calls];
        Action restore = picture.Restore;
        Action restoreValues = picture.RestoreValues;
        Action runLoop = loop.Run;
        long allocated = 0;
        int collections = 0;
        for (int i = -WarmUpCalls; i < calls; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            int gen0 = GC.CollectionCount(0);
            double first = Time(restore);
            double second = Time(restoreValues);
            if (i >= 0)
            {
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                collections += GC.CollectionCount(0) - gen0;
                restoring[i] = first;
                values[i] = second;
            }

            double third = Time(runLoop);
            if (i >= 0)
            {
                bare[i] = third;
            }
        }

        var all = new Percentiles(restoring);
        var core = new Percentiles(bare);
        Console.WriteLine();
        Console.WriteLine($"| {calls} calls, {device.Name}, ms | {Percentiles.Header}");
        Console.WriteLine("|---|---|---|---|---|---|");
        Console.WriteLine($"| Restore, bytes | {all}");
        Console.WriteLine($"| Restore, values | {new Percentiles(values)}");
        Console.WriteLine($"| the loop of {loop.Side}² alone | {core}");
        Console.WriteLine();
        Console.WriteLine(
            $"Restore / loop {all.Median / core.Median:0.000}; {allocated / (2.0 * calls):0.#} managed bytes per call, " +
            $"{collections} collections");
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>ADMM as often as the restorer runs it, on a picture with its margin.</summary>
    private sealed class BareLoop : IDisposable
    {
        private readonly TensorScope _scope;
        private readonly TaskOperator _operator;
        private readonly PriorLoop _loop;
        private readonly IStartEstimate _start;
        private readonly Tensor _z;
        private readonly int _iterations;

        public BareLoop(Device device, Restorer restorer, Shape measured)
        {
            PriorWeights weights = restorer.PriorOf(measured);
            Shape image = restorer.LoopShape(measured);
            Side = image.H;
            _iterations = restorer.Iterations;
            _operator = new TaskOperator(device, restorer.Task, image);
            _scope = new TensorScope(device);
            _z = _scope.Allocate(image);
            Tensor y = _scope.Allocate(_operator.MeasurementShape);
            device.FillNormal(seed: 0, stream: 0, _z);
            _operator.Apply(_z, y);
            _loop = new PriorLoop(_operator, y, weights);
            _start = restorer.Task.Start.Create(_operator, y);
        }

        public int Side { get; }

        public void Run()
        {
            _start.Apply(_z);
            _loop.Start(_z);
            for (int k = 0; k < _iterations; k++)
            {
                _loop.Step();
            }
        }

        public void Dispose()
        {
            _start.Dispose();
            _loop.Dispose();
            _operator.Dispose();
            _scope.Dispose();
        }
    }
}
