using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Options;

/// <summary>The task, and what replaces its own kernel and noise; null for nothing.</summary>
/// <param name="Task">One of <see cref="ImageTasks.Names"/>.</param>
/// <param name="Kernel">The blur: gaussian:3:1, motion:9:30 or a CSV file.</param>
/// <param name="Noise">The noise's standard deviation.</param>
internal sealed record TaskOptions(string Task, string? Kernel, double? Noise)
{
    /// <summary>The task itself.</summary>
    /// <exception cref="InputException">The kernel cannot be read.</exception>
    public ImageTask Create() =>
        ImageTasks.Find(Task).With(Kernel is { } kernel ? BlurKernel.Parse(kernel) : null, Noise);
}

/// <summary>Declares and reads <see cref="TaskOptions"/>.</summary>
internal sealed class TaskOptionSet
{
    private readonly Option<string> _task = TaskOption();

    private readonly Option<string> _kernel = OptionFactory.Text("--kernel", "KERNEL",
        "A blur instead of the task's: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file.");

    private readonly Option<double?> _noise = OptionFactory.NonNegative("--noise", "SIGMA",
        "A noise instead of the task's: its standard deviation, for images on [0, 1].", maximum: 10);

    /// <summary>The required option <c>--task</c>.</summary>
    public static Option<string> TaskOption()
    {
        Option<string> option = OptionFactory.Choice("--task", "What to restore from.", [.. ImageTasks.Names]);
        option.Required = true;
        return option;
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_task);
        command.Add(_kernel);
        command.Add(_noise);
    }

    /// <summary>The values that were typed.</summary>
    public TaskOptions Read(ParseResult parsed) =>
        new(parsed.GetRequiredValue(_task), parsed.GetValue(_kernel), parsed.GetValue(_noise));
}
