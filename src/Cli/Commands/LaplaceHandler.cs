using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>Runs <c>laplace</c>.</summary>
internal static class LaplaceHandler
{
    /// <summary>Runs the experiment.</summary>
    public static int Run(
        LaplaceOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        throw new InputException("laplace has no solvers in this build");
    }
}
