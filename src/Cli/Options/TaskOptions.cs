using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Options;

/// <summary>The task, and optional replacements of its kernel and noise; null keeps those of the task.</summary>
/// <param name="options">Declares and reads the options.</param>
/// <param name="isRequired">False if the command can do something without a task.</param>
internal sealed class TaskOptions(OptionBinder options, bool isRequired = true)
{
    /// <summary>One of <see cref="ImageTasks.Names"/>; empty if none was given.</summary>
    public string Task { get; } = isRequired ? options.Required(Choice()) : options.Optional(Choice()) ?? "";

    /// <summary>The blur: gaussian:3:1, motion:9:30 or a CSV file.</summary>
    public string? Kernel { get; } = options.Optional(OptionFactory.Text("--kernel", "KERNEL",
        "The blur, instead of the task's own: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file."));

    /// <summary>The standard deviation of the noise, for images in [0, 1].</summary>
    public double? Noise { get; } = options.Optional(OptionFactory.NonNegative("--noise", "SIGMA",
        "Standard deviation of the noise for images in [0, 1], instead of the task's own.", maximum: 10));

    /// <summary>The task itself.</summary>
    /// <param name="note">Called with what the user should know about the kernel.</param>
    /// <exception cref="InputException">The kernel cannot be read or used.</exception>
    public ImageTask Create(Action<string> note) => Apply(ImageTasks.Find(Task), note);

    /// <summary>A task with the kernel and the noise that were given.</summary>
    /// <param name="task">The task.</param>
    /// <param name="note">Called with what the user should know about the kernel.</param>
    /// <exception cref="InputException">The kernel cannot be read or used.</exception>
    public ImageTask Apply(ImageTask task, Action<string> note)
    {
        BlurKernel? kernel = Kernel is { } text ? BlurKernel.Parse(text) : null;
        ImageTask changed = task.With(kernel, Noise);
        if (kernel is not null && !ReferenceEquals(changed.Kernel, kernel))
        {
            note(FormattableString.Invariant(
                $"the kernel {kernel.Name} sums to {kernel.Sum:G6}; it is divided by that, to keep the mean"));
        }

        return changed;
    }

    private static Option<string> Choice() => OptionFactory.Choice("--task",
        "The task: what the images are restored from.", [.. ImageTasks.Names]);
}
