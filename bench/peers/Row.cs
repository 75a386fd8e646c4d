namespace InfAdmm.Bench.Peers;

/// <summary>One line of the results.</summary>
/// <param name="Case">The name of the case.</param>
/// <param name="OursMs">Our time, in milliseconds.</param>
/// <param name="Peer">The name of the peer; null for none.</param>
/// <param name="PeerMs">The peer's time, in milliseconds.</param>
/// <param name="Ratio">The peer's time over ours; without a peer, our fraction of the measured peak.</param>
/// <param name="MaxAbsDifference">The largest absolute difference of the two outputs.</param>
/// <param name="Gflops">Our operations of direct convolution, in 10⁹ per second.</param>
internal sealed record Row(
    string Case, double OursMs, string? Peer, double? PeerMs, double? Ratio, double? MaxAbsDifference, double Gflops);
