using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>Runs <c>explain</c>.</summary>
internal static class ExplainHandler
{
    /// <summary>Explains the choice of a z-solver.</summary>
    public static int Run(
        ExplainOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        throw new InputException("explain has no solvers in this build");
    }
}
