using InfAdmm.Bench.Peers.Timing;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Peers;

/// <summary>The restoration of a picture, bytes to bytes, against the same pipeline on ONNX Runtime.</summary>
internal sealed class PipelineBench(Device device, PeersOptions options)
{
    /// <summary>The name of the row.</summary>
    public const string Id = "pipeline-sr4-256";

    private const int Side = 64;
    private const int Margin = 4;
    private const int Inner = 16;

    public Row Measure()
    {
        PriorWeights weights = ShippedWeights.Prior("sr4");
        long before = WorkingSet();
        using var restorer = new Restorer(device, weights);
        restorer.Prepare(Side, Side);
        var layout = new PixelLayout(Side, Side, PixelFormat.Rgb24);
        PixelLayout restoredLayout = restorer.RestoredLayout(layout);
        byte[] pixels = new byte[layout.ByteCount];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(128 + 60 * Math.Sin(0.2 * (i / layout.RowBytes)) + 60 * Math.Cos(0.02 * (i % layout.RowBytes)));
        }

        byte[] ours = new byte[restoredLayout.ByteCount];
        RunOurs();
        long middle = WorkingSet();
        byte[] theirs = new byte[ours.Length];
        int extended = (Side + 2 * Margin) * weights.Task.Stride;
        byte[] model = (new PriorModel(weights) { Side = extended }).Create(device).ToModel();
        using var peer = new OnnxPipeline(weights, model, Side, Margin, options.Threads);
        void RunOurs() => restorer.Restore(pixels, layout, ours, restoredLayout);
        void RunPeer() => peer.Run(pixels, theirs);
        RunPeer();
        Console.Error.WriteLine(
            $"{Id}: {(middle - before) / 1e6:0} MB of memory, {OnnxRuntimeRun.Name} {(WorkingSet() - middle) / 1e6:0} MB");
        double difference = LargestInside(ours, theirs, restoredLayout);
        if (difference > 1.01 / 255)
        {
            throw new InvalidOperationException($"the pipelines differ by {difference:0.0000} inside the picture");
        }

        var mine = new List<double>();
        var peers = new List<double>();
        var ratios = new List<double>();
        for (int round = 0; round < options.Rounds; round++)
        {
            mine.Add(RepeatedTiming.Time(RunOurs));
            peers.Add(RepeatedTiming.Time(RunPeer));
            ratios.Add(peers[^1] / mine[^1]);
        }

        return new Row(
            Id, mine.Median() * 1e3, OnnxRuntimeRun.Name, peers.Median() * 1e3, ratios.Median(), difference, 0);
    }

    private static long WorkingSet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }

    /// <summary>The largest difference away from the edges, where the margins of both differ.</summary>
    private static double LargestInside(byte[] a, byte[] b, PixelLayout layout)
    {
        int largest = 0;
        for (int i = Inner; i < layout.Height - Inner; i++)
        {
            for (int j = Inner * 3; j < layout.RowBytes - Inner * 3; j++)
            {
                largest = Math.Max(largest, Math.Abs(a[i * layout.RowBytes + j] - b[i * layout.RowBytes + j]));
            }
        }

        return largest / 255.0;
    }
}
