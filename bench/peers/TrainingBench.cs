using System.Globalization;
using InfAdmm.Bench.Peers.Timing;
using InfAdmm.Engine;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Peers;

/// <summary>Compares a training step with the arithmetic peak, and with PyTorch if it is installed.</summary>
internal sealed class TrainingBench(Device device, PeersOptions options, TextWriter notes)
{
    public const string Id = "train-cpsdae-128-b4";
    public const string PeerId = $"{Id}-pytorch";
    private const double Tolerance = 1e-4;

    /// <summary>Measures the requested rows. Rows that compare with the peak do not have their ratio yet.</summary>
    /// <exception cref="InvalidOperationException">
    /// The first loss is not finite, or differs from the peer's.
    /// </exception>
    public IEnumerable<Row> Measure()
    {
        using var task = new TrainingTask(device);
        using PyTorchPeer? peer = options.Includes(PeerId) ? StartPeer(task) : null;
        double loss = task.Step();
        if (!double.IsFinite(loss))
        {
            throw new InvalidOperationException($"{Id}: the first loss is {loss}");
        }

        double Ours() => RepeatedTiming.Time(() => task.Step());
        double operations = task.Operations;
        if (peer is null)
        {
            if (options.Includes(PeerId))
            {
                notes.WriteLine("no Python with PyTorch found: training is not compared");
            }

            double[] seconds = [.. Enumerable.Range(0, options.Rounds).Select(_ => Ours())];
            return [Alone(seconds.Median(), operations)];
        }

        double difference = Math.Abs(loss - peer.FirstLoss);
        if (!(difference <= Tolerance))
        {
            throw new InvalidOperationException(
                $"{PeerId}: the first losses {loss} and {peer.FirstLoss} differ by more than {Tolerance:0e+0}");
        }

        Interleaved times = Interleaved.Measure(options.Rounds, Ours, peer.Block);
        Row alone = Alone(times.Ours, operations);
        Row compared = alone with
        {
            Case = PeerId,
            Peer = peer.Name,
            PeerMs = times.Peer * 1e3,
            Ratio = times.Ratio,
            MaxAbsDifference = difference,
        };
        return options.Includes(Id) ? [alone, compared] : [compared];
    }

    private PyTorchPeer? StartPeer(TrainingTask task) => PyTorchPeer.Start(
        "train_pytorch.py", task.Values, $"{TrainingTask.Batch}", $"{TrainingTask.Size}", $"{options.Threads}",
        TrainingTask.LearningRate.ToString(CultureInfo.InvariantCulture));

    private static Row Alone(double seconds, double operations) =>
        new(Id, seconds * 1e3, null, null, null, null, operations / seconds * 1e-9);
}
