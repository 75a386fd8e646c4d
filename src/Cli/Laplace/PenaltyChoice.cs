namespace InfAdmm.Cli.Laplace;

/// <summary>The rules for ρ of <c>laplace</c>.</summary>
internal enum PenaltyChoice
{
    /// <summary>ρ does not change.</summary>
    Fixed,

    /// <summary>Residual balancing.</summary>
    Balanced,

    /// <summary>Continuation: ρ rises to its value in the first iterations.</summary>
    Continued,
}
