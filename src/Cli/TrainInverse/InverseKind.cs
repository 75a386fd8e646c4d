namespace InfAdmm.Cli.TrainInverse;

/// <summary>What <c>--architecture</c> of <c>train inverse</c> offers.</summary>
internal enum InverseKind
{
    /// <summary>The paper's network without ReLU.</summary>
    Linear,

    /// <summary>The paper's network.</summary>
    Paper,

    /// <summary>Filters that vary across the grid, for a range of ρ.</summary>
    Local,
}
