using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Options;

/// <summary>The task, and what replaces its own kernel and noise; null for nothing.</summary>
internal sealed class TaskOptions(OptionBinder options)
{
    /// <summary>One of <see cref="ImageTasks.Names"/>.</summary>
    public string Task { get; } = options.Required(OptionFactory.Choice("--task",
        "What to restore from.", [.. ImageTasks.Names]));

    /// <summary>The blur: gaussian:3:1, motion:9:30 or a CSV file.</summary>
    public string? Kernel { get; } = options.Optional(OptionFactory.Text("--kernel", "KERNEL",
        "A blur instead of the task's: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file."));

    /// <summary>The noise's standard deviation.</summary>
    public double? Noise { get; } = options.Optional(OptionFactory.NonNegative("--noise", "SIGMA",
        "A noise instead of the task's: its standard deviation, for images on [0, 1].", maximum: 10));

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
                $"the kernel {kernel.Name} sums to {kernel.Sum:0.######}; it is divided by that, to keep the mean"));
        }

        return changed;
    }
}
