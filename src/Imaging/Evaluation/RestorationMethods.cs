using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The built-in methods. A new method is listed only here.</summary>
public static class RestorationMethods
{
    /// <summary>All kinds, in the order of the reports.</summary>
    public static IReadOnlyList<MethodKind> All { get; } =
        [
            BicubicMethod.Kind, WienerMethod.Kind, TotalVariationMethod.Kind, NetworkMethod.Kind, AdmmMethod.PlugAndPlay,
            AdmmMethod.Kind,
        ];

    /// <summary>All names, in the order of the reports.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(kind => kind.Name)];

    /// <summary>Creates the methods that the options ask for, without those that do not apply to the task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="options">The methods and their settings; null for all.</param>
    /// <param name="note">Called with a message for each method that is left out.</param>
    /// <exception cref="InputException">No method is left, or the prior does not fit the task.</exception>
    public static IReadOnlyList<RestorationMethod> Create(
        ImageTask task, MethodOptions? options = null, Action<string>? note = null)
    {
        MethodOptions chosen = options ?? new MethodOptions();
        var methods = new List<RestorationMethod>();
        foreach (MethodKind kind in All.Where(kind => chosen.Methods?.Contains(kind.Name) ?? true))
        {
            if (chosen.Methods is null && chosen.WhyNoWeights(kind.Needs, task) is { } missing)
            {
                note?.Invoke($"left out {kind.Name}: {missing}");
            }
            else if (kind.WhyNot(task) is not { } reason)
            {
                methods.AddRange(kind.Create(task, chosen));
            }
            else if (chosen.Methods is not null)
            {
                note?.Invoke($"left out {kind.Name}: for the task {task.Name} {reason}");
            }
        }

        return methods.Count > 0
            ? methods
            : throw new InputException(
                $"none of the methods {string.Join(", ", chosen.Methods ?? [])} applies to the task " +
                $"{task.Name}; add {TotalVariationMethod.Kind.Name}")
            {
                Parameter = "methods",
            };
    }
}
