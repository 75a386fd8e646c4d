namespace InfAdmm.Bench.Peers;

/// <summary>One line of the results.</summary>
/// <param name="Case">What was done.</param>
/// <param name="OursMs">Our time, milliseconds.</param>
/// <param name="Peer">Who did the same, or null.</param>
/// <param name="PeerMs">The peer's time, milliseconds.</param>
/// <param name="Ratio">The peer's time over ours; without a peer our part of the measured peak.</param>
/// <param name="MaxAbsDifference">The largest difference of the two outputs.</param>
/// <param name="Gflops">Our operations of direct convolution in 10⁹ a second.</param>
internal sealed record Row(
    string Case, double OursMs, string? Peer, double? PeerMs, double? Ratio, double? MaxAbsDifference, double Gflops);
