using System.Collections.Immutable;

namespace InfAdmm.Imaging.Tasks;

/// <summary>Which network of a task is the prior.</summary>
public enum PriorArchitecture
{
    /// <summary>The library's own, <see cref="ImageTask.DefaultPrior"/>.</summary>
    Default,

    /// <summary>The paper's, <see cref="ImageTask.PaperPrior"/>.</summary>
    Paper,

    /// <summary>
    /// The unconditional denoiser, which is the same for every task and operator (<see cref="DenoiserDesign"/>).
    /// </summary>
    Denoiser,
}

/// <summary>The names of the architectures for files and users.</summary>
public static class PriorArchitectures
{
    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } = ["default", "paper", "denoiser"];

    /// <summary>The name of an architecture.</summary>
    public static string NameOf(PriorArchitecture architecture) => Names[(int)architecture];

    /// <summary>Returns the architecture with a given name, one of <see cref="Names"/>.</summary>
    public static PriorArchitecture Parse(string name)
    {
        int index = Names.IndexOf(name);
        return index >= 0
            ? (PriorArchitecture)index
            : throw new ArgumentException($"unknown architecture '{name}'", nameof(name));
    }
}
