using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Weights;
using InfAdmm.Storage;

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
    /// <param name="inverses">The files of trained inverses.</param>
    /// <param name="precision">The precision of the device.</param>
    /// <returns>Hexadecimal digits.</returns>
    public static string Of(
        PriorWeights weights, RestorationOptions options, IReadOnlyList<string> inverses, string precision)
    {
        ImageTask task = options.Task ?? weights.Task;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Application.Version, precision, task.Name, task.Stride, task.Sigma);
        Add(hash, task.Kernel.Height, task.Kernel.Width);
        hash.AppendData(MemoryMarshal.AsBytes(task.Kernel.Values));
        Add(hash, options.Rho, options.Schedule, options.Iterations, options.Tolerance, options.Alignment, options.Edges, options.Tile);
        Add(hash, options.ZSolver.Solver?.Name, options.ZSolver.Refinements, options.ZSolver.GuardTolerance);
        Add(hash, weights.Lambda);
        Add(hash, weights.Weights);
        if (options.GreyPrior is { } grey)
        {
            Add(hash, grey.Lambda);
            Add(hash, grey.Weights);
        }

        foreach (string file in inverses)
        {
            // Of a pipe, which is read once, only the name is known.
            byte[] contents = FileKinds.Of(file) == FileKind.Regular ? File.ReadAllBytes(file) : Encoding.UTF8.GetBytes(file);
            Add(hash, contents.Length);
            hash.AppendData(contents);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Length];
    }

    private static void Add(IncrementalHash hash, WeightSet weights)
    {
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
