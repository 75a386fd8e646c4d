using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The methods of <c>evaluate</c>: the one place where a new one is added.</summary>
public static class RestorationMethods
{
    /// <summary>Cubic convolution.</summary>
    public const string Bicubic = "bicubic";

    /// <summary>The Wiener filter.</summary>
    public const string Wiener = "wiener";

    /// <summary>Total variation by ADMM.</summary>
    public const string TotalVariation = "tv";

    /// <summary>The learned prior applied once.</summary>
    public const string Network = "network";

    /// <summary>ADMM with the learned prior.</summary>
    public const string Admm = "admm";

    private static readonly Entry[] Table =
    [
        new(
            Bicubic,
            task => task.Stride == 1 ? "nothing is interpolated where every pixel was measured" : null,
            (_, _) => [new BicubicMethod()]),
        new(
            Wiener,
            task => task.Stride > 1 ? "without a model of the pictures it leaves unmeasured pixels dark" : null,
            (task, _) => [new WienerMethod(task)]),
        new(TotalVariation, _ => null, (task, options) => [new TotalVariationMethod(task, options.Iterations)]),
        new(Network, _ => null, (task, options) => [new NetworkMethod(Weights(task, options))]) { IsLearned = true },
        new(Admm, _ => null, Loops) { IsLearned = true },
    ];

    /// <summary>All names, in the order of the reports.</summary>
    public static string[] Names { get; } = [.. Table.Select(entry => entry.Name)];

    /// <summary>The methods that the options ask for, without those that make no sense for the task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="options">What was typed.</param>
    /// <param name="note">Is given a line for each method that was named and is left out.</param>
    /// <exception cref="InputException">None is left, or one cannot be had.</exception>
    public static IReadOnlyList<RestorationMethod> Create(ImageTask task, MethodOptions options, Action<string> note)
    {
        var methods = new List<RestorationMethod>();
        foreach (Entry entry in Table.Where(entry => options.Methods?.Contains(entry.Name) ?? true))
        {
            if (entry.IsLearned && options.Methods is null && options.Prior.Weights is null
                && ShippedWeights.Prior(task.Name, options.Prior.Network) is null)
            {
                note($"left out {entry.Name}: no weights for the task {task.Name} come with the program");
            }
            else if (entry.WhyNot(task) is not { } reason)
            {
                methods.AddRange(entry.Create(task, options));
            }
            else if (options.Methods is not null)
            {
                note($"left out {entry.Name}: for the task {task.Name} {reason}");
            }
        }

        return methods.Count > 0
            ? methods
            : throw new InputException(
                $"--methods {string.Join(',', options.Methods ?? [])}: none makes sense for the task {task.Name}; add tv");
    }

    private static IEnumerable<RestorationMethod> Loops(ImageTask task, MethodOptions options)
    {
        PriorWeights weights = Weights(task, options);
        ZSolverFactory create = options.Prior.SolverFactory();
        double?[] all = options.Rho is { Count: > 0 } given ? [.. given.Select(rho => (double?)rho)] : [null];
        return all.Select(rho => new AdmmMethod(weights, rho, options.Iterations, create));
    }

    private static PriorWeights Weights(ImageTask task, MethodOptions options) =>
        options.Prior.Load(task, task.Channels ?? 3);

    /// <summary>A line of the table.</summary>
    /// <param name="Name">What users call it.</param>
    /// <param name="WhyNot">Why it makes no sense for a task, or null.</param>
    /// <param name="Create">Makes it: several rows of the report, if it is to be run with several settings.</param>
    private sealed record Entry(
        string Name,
        Func<ImageTask, string?> WhyNot,
        Func<ImageTask, MethodOptions, IEnumerable<RestorationMethod>> Create)
    {
        public bool IsLearned { get; init; }
    }
}
