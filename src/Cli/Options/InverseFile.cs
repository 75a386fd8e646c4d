using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Cli.Options;

/// <summary>Reads the trained inverse that an option names.</summary>
internal static class InverseFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="InputException">It holds no trained inverse; the message says how to make one.</exception>
    public static InverseWeights Load(string file) =>
        Advice.Add("; make one with 'infadmm train inverse'", () => InverseWeights.Load(file));
}
