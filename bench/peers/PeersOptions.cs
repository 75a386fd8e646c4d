using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers;

/// <summary>What the command line asks for.</summary>
/// <param name="Json">The file to write; null for none.</param>
/// <param name="Only">Beginnings of the rows to measure; none for all.</param>
/// <param name="Rounds">How many blocks of each contender.</param>
/// <param name="Threads">Of each contender.</param>
/// <param name="Width">The vector width of our device.</param>
/// <param name="Latency">Whether to time single runs too.</param>
/// <param name="Accuracy">Whether to compare with double precision too.</param>
internal sealed record PeersOptions(
    string? Json, IReadOnlyList<string> Only, int Rounds, int Threads, SimdWidth Width, bool Latency, bool Accuracy)
{
    /// <summary>Whether a row is asked for.</summary>
    public bool Includes(string id) =>
        Only.Count == 0 || Only.Any(prefix => id.StartsWith(prefix, StringComparison.Ordinal));
}
