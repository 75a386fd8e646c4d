using System.Reflection;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Imaging.Priors;

/// <summary>The trained networks that come with the program (models/), embedded in it.</summary>
public static class ShippedWeights
{
    /// <summary>Reads all inverses.</summary>
    public static IReadOnlyList<InverseWeights> Inverses()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var found = new List<InverseWeights>();
        foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.StartsWith("models/inverse-", StringComparison.Ordinal))
            {
                found.Add(InverseWeights.FromTensors(Read(assembly, name)!, name));
            }
        }

        return found;
    }

    /// <summary>Reads the prior of a task; null if none comes with the program.</summary>
    public static PriorWeights? Prior(string task, PriorArchitecture architecture = PriorArchitecture.Default)
    {
        string name = $"models/prior-{task}-{PriorWeights.NameOf(architecture)}.safetensors";
        return Read(Assembly.GetExecutingAssembly(), name) is { } tensors
            ? PriorWeights.FromTensors(tensors, name)
            : null;
    }

    private static SafeTensors? Read(Assembly assembly, string name)
    {
        using Stream? stream = assembly.GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }

        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return SafeTensors.Parse(bytes, name);
    }
}
