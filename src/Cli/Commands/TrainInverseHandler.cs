using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>Runs <c>train inverse</c>.</summary>
internal static class TrainInverseHandler
{
    /// <summary>Trains the learned inverse.</summary>
    public static int Run(
        TrainInverseOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        throw new InputException("train inverse has no networks in this build");
    }
}
