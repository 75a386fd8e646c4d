using InfAdmm.Bench.Peers.Timing;
using InfAdmm.Engine;

namespace InfAdmm.Bench.Peers;

/// <summary>Compares inference with ONNX Runtime: first the outputs, then the times.</summary>
internal sealed class InferenceBench(Device device, PeersOptions options, TextWriter notes)
{
    private const double Tolerance = 1e-4;
    private const int LatencyRuns = 1000;

    /// <summary>Measures one row.</summary>
    /// <exception cref="InvalidOperationException">The outputs differ.</exception>
    public Row Measure(BenchmarkCase benchmark)
    {
        float[][] inputs = benchmark.DrawInputs();
        using var ours = new EngineRun(device, benchmark.Network, inputs);
        using var peer = new OnnxRuntimeRun(benchmark.Network, inputs, options.Threads);
        ours.Run();
        peer.Run();
        double difference = Outputs.LargestDifference(ours.Output(), peer.Output());
        if (!(difference <= Tolerance))
        {
            throw new InvalidOperationException(
                $"{benchmark.Id}: the outputs differ by {difference:0.0e+0}, more than {Tolerance:0e+0}");
        }

        long bytes = ours.AllocatedBytes();
        if (bytes != 0)
        {
            notes.WriteLine($"warning: {benchmark.Id}: a run allocates {bytes} bytes");
        }

        Interleaved times = Interleaved.Measure(
            options.Rounds, () => RepeatedTiming.Time(ours.Run), () => RepeatedTiming.Time(peer.Run));
        return new Row(
            benchmark.Id, times.Ours * 1e3, OnnxRuntimeRun.Name, times.Peer * 1e3, times.Ratio, difference,
            BenchmarkCase.OperationsOf(benchmark.Network) / times.Ours * 1e-9);
    }

    /// <summary>
    /// Times single runs of ours and of the peer, and of a control loop that only uses registers on one thread and
    /// takes as long. The control shows the variation caused by the machine itself.
    /// </summary>
    public string DescribeLatency(BenchmarkCase benchmark)
    {
        float[][] inputs = benchmark.DrawInputs();
        using var ours = new EngineRun(device, benchmark.Network, inputs);
        using var peer = new OnnxRuntimeRun(benchmark.Network, inputs, options.Threads);
        var control = new FmaPeak(threads: 1, options.Width);
        double[] times = Sorted(ours.Run);
        return $"{benchmark.Id}, {LatencyRuns} single runs: ours {Describe(times)}; " +
            $"{OnnxRuntimeRun.Name} {Describe(Sorted(peer.Run))}; " +
            $"a loop over registers {Describe(Sorted(() => control.Spend(times[LatencyRuns / 2])))}; " +
            $"{ours.AllocatedBytes()} bytes allocated a run of ours";

        static double[] Sorted(Action run) => [.. RepeatedTiming.TimeEach(run, LatencyRuns).Order()];
    }

    private static string Describe(double[] sorted)
    {
        double median = sorted[LatencyRuns / 2];
        double late = sorted[LatencyRuns * 99 / 100];
        return $"median {median * 1e3:0.000} ms, 99 % within {late * 1e3:0.000} ms ({late / median:0.00}×)";
    }

    /// <summary>Compares our output with an evaluation in double precision.</summary>
    public string DescribeAccuracy(BenchmarkCase benchmark)
    {
        float[][] inputs = benchmark.DrawInputs();
        using var ours = new EngineRun(device, benchmark.Network, inputs);
        ours.Run();
        double error = DoubleEvaluator.RelativeError(benchmark.Network, inputs, ours.Output());
        return $"{benchmark.Id}: relative error against double precision {error:0.0e+0}";
    }
}
