using System.CommandLine;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Degrade;

/// <summary>Declares <c>degrade</c>.</summary>
internal static class DegradeCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(CommandRunner run)
    {
        var task = new TaskOptionSet();
        var files = new Argument<string[]>("FILES")
        {
            Description = "Images to measure.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "degrade", "Makes measurements from images for a task: 16-bit PNG files in the directory of --out.");
        command.Add(files);
        task.AddTo(command);
        run.Handle(
            command,
            parsed => new DegradeOptions(task.Read(parsed), parsed.GetRequiredValue(files)),
            DegradeHandler.Run);
        return command;
    }
}
