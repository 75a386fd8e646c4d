using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Cli.Options;

/// <summary>Loads the trained inverses that an option names.</summary>
internal static class InverseFile
{
    /// <summary>Loads the file.</summary>
    /// <exception cref="InputException">
    /// The file contains no trained inverse; the message names the command that trains one.
    /// </exception>
    public static TrainedInverses Load(string file) =>
        Advice.Add("; train one with 'infadmm train inverse'", () => TrainedInverses.Load(file));
}
