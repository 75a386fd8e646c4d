using InfAdmm.Engine;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Solvers.Inverse;

/// <summary>All trained inverses that a file or several hold.</summary>
/// <param name="Networks">Inverses by networks of the paper's layers, each for one ρ.</param>
/// <param name="Filters">Inverses by filters that vary across the grid, each for a range of ρ.</param>
public sealed record TrainedInverses(IReadOnlyList<InverseWeights> Networks, IReadOnlyList<LocalFilters> Filters)
{
    /// <summary>Reads a file of either kind.</summary>
    /// <exception cref="InputException">The file cannot be read or contains no trained inverse.</exception>
    public static TrainedInverses Load(string path)
    {
        WeightSet weights = SafeTensorsFile.Load(path);
        return LocalFilters.Is(weights)
            ? new TrainedInverses([], [LocalFilters.FromWeights(weights, path)])
            : new TrainedInverses(InverseSet.FromWeights(weights, path), []);
    }
}
