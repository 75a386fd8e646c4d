using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// The tasks that come with the library (docs/mathematics.md §9), each in a file of its own: a new one is such a file
/// and its line in <see cref="All"/>.
/// </summary>
public static partial class ImageTasks
{
    /// <summary>All tasks.</summary>
    public static IReadOnlyList<ImageTask> All => field ??=
        [MnistSuperResolution, SuperResolution, Deblurring, Colorization];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(task => task.Name)];

    /// <summary>The task of a name.</summary>
    /// <exception cref="InputException">No task has this name.</exception>
    public static ImageTask Find(string name) => All.FirstOrDefault(task => task.Name == name)
        ?? throw new InputException($"unknown task '{name}': choose from {string.Join(", ", Names)}");
}
