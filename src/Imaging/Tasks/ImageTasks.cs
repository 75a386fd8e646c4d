using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// The built-in tasks (docs/mathematics.md §9), one file each. A new task needs one such file and one line in
/// <see cref="All"/>.
/// </summary>
public static partial class ImageTasks
{
    /// <summary>All tasks.</summary>
    public static IReadOnlyList<ImageTask> All => field ??=
        [MnistSuperResolution, SuperResolution, Deblurring, Colorization];

    /// <summary>The names of all tasks.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(task => task.Name)];

    /// <summary>Returns the task with a given name.</summary>
    /// <exception cref="InputException">No task has this name.</exception>
    public static ImageTask Find(string name) => All.FirstOrDefault(task => task.Name == name)
        ?? throw new InputException($"unknown task '{name}': choose from {string.Join(", ", Names)}");
}
