using MathNet.Numerics.Statistics;
namespace InfAdmm.Bench.Peers.Timing;

/// <summary>Times of two contenders that were measured in turns, in seconds a run.</summary>
/// <param name="Ours">The median over rounds.</param>
/// <param name="Peer">The median over rounds.</param>
/// <param name="Ratio">
/// The median over rounds of peer / ours: both parts of a round meet the same phase of the machine.
/// </param>
internal sealed record Interleaved(double Ours, double Peer, double Ratio)
{
    /// <summary>Alternates blocks of the two, each round beginning with the other one.</summary>
    /// <param name="rounds">How many blocks of each.</param>
    /// <param name="ours">Runs a block and returns its time a run.</param>
    /// <param name="peer">The same for the peer.</param>
    public static Interleaved Measure(int rounds, Func<double> ours, Func<double> peer)
    {
        var oursTimes = new double[rounds];
        var peerTimes = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            bool oursFirst = round % 2 == 0;
            if (oursFirst)
            {
                oursTimes[round] = ours();
            }

            peerTimes[round] = peer();
            if (!oursFirst)
            {
                oursTimes[round] = ours();
            }
        }

        return new Interleaved(
            oursTimes.Median(), peerTimes.Median(),
            oursTimes.Zip(peerTimes, (mine, other) => other / mine).Median());
    }
}
