using MathNet.Numerics.Statistics;
namespace InfAdmm.Bench.Peers.Timing;

/// <summary>The times of two sides that were measured alternately, in seconds per run.</summary>
/// <param name="Ours">The median of our times over the rounds.</param>
/// <param name="Peer">The median of the peer's times over the rounds.</param>
/// <param name="Ratio">
/// The median over the rounds of peer / ours: both times of a round see the same state of the machine.
/// </param>
internal sealed record Interleaved(double Ours, double Peer, double Ratio)
{
    /// <summary>Alternates blocks of the two sides; the side that starts a round alternates too.</summary>
    /// <param name="rounds">The number of blocks per side.</param>
    /// <param name="ours">Runs a block and returns the time per run, in seconds.</param>
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
