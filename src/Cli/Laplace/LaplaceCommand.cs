using System.CommandLine;

namespace InfAdmm.Cli.Laplace;

/// <summary>Declares <c>laplace</c>.</summary>
internal static class LaplaceCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var options = new LaplaceOptionSet();
        var command = new Command("laplace", "The synthetic experiment: all z-solvers on one problem.");
        options.AddTo(command);
        run.Handle(command, options.Read, LaplaceHandler.Run);
        return command;
    }
}
