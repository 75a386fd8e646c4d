using System.Reflection;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Learned;

namespace InfAdmm.Cli;

/// <summary>The trained inverses that come with the program (models/), embedded in it.</summary>
internal static class ShippedWeights
{
    /// <summary>Reads all of them.</summary>
    public static IReadOnlyList<InverseWeights> Inverses()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var found = new List<InverseWeights>();
        foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.StartsWith("models/inverse-", StringComparison.Ordinal))
            {
                using Stream stream = assembly.GetManifestResourceStream(name)!;
                byte[] bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                found.Add(InverseWeights.FromTensors(SafeTensors.Parse(bytes, name), name));
            }
        }

        return found;
    }
}
