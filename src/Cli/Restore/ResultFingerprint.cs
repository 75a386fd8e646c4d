using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Cli.Restore;

/// <summary>
/// Identifies all that a result depends on beside the picture: the version, the task with its kernel, the weights and the
/// options. Not the device, whose results differ by rounding errors only.
/// </summary>
internal static class ResultFingerprint
{
    private const int Length = 32;

    /// <summary>Computes it.</summary>
    /// <param name="weights">The prior.</param>
    /// <param name="options">The options of the restorer.</param>
    /// <param name="precision">The precision of the device.</param>
    /// <returns>Hexadecimal digits.</returns>
    public static string Of(PriorWeights weights, RestorationOptions options, string precision)
    {
        ImageTask task = options.Task ?? weights.Task;
        ZSolverChoice solver = options.ZSolver;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Application.Version, precision, task.Name, task.Stride, task.Sigma, task.Denoising);
        Add(hash, task.Kernel.Height, task.Kernel.Width);
        hash.AppendData(MemoryMarshal.AsBytes(task.Kernel.Values));
        Add(hash, options.Rho, options.Schedule, options.Iterations, options.Tolerance, options.Alignment, options.Edges, options.Tile);
        Add(hash, solver.Solver?.Name, solver.Refinements, solver.GuardTolerance);
        Add(hash, solver.InnerLoop.Tolerance, solver.InnerLoop.MaxIterations);
        Add(hash, weights);
        Add(hash, options.GreyPrior is not null);
        if (options.GreyPrior is { } grey)
        {
            Add(hash, grey);
        }

        Add(hash, solver.Inverses.Count, solver.Filters.Count);
        foreach (InverseWeights inverse in solver.Inverses)
        {
            Add(hash, inverse.Weights);
        }

        foreach (LocalFilters filters in solver.Filters)
        {
            Add(hash, filters.ToWeights());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Length];
    }

    private static void Add(IncrementalHash hash, PriorWeights prior)
    {
        Add(hash, prior.Lambda);
        Add(hash, prior.Weights);
    }

    private static void Add(IncrementalHash hash, WeightSet weights)
    {
        foreach ((string key, string value) in weights.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Add(hash, key, value);
        }

        foreach ((string name, WeightArray array) in weights.Arrays.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Add(hash, name, string.Join('x', array.Shape));
            hash.AppendData(MemoryMarshal.AsBytes(array.Values.AsSpan()));
        }
    }

    /// <summary>Every value ends with a character of its own, so that no two lists of values look the same.</summary>
    private static void Add(IncrementalHash hash, params ReadOnlySpan<object?> values)
    {
        foreach (object? value in values)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{value}\0")));
        }
    }
}
