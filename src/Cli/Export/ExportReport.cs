namespace InfAdmm.Cli.Export;

/// <summary>The JSON report of <c>export</c>.</summary>
/// <param name="Command">The command: export.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="File">The ONNX file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="OperatorSet">The version of the ONNX operators.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="Metadata">The entries that describe the model.</param>
internal sealed record ExportReport(
    string Command, string Version, string File, long Bytes, int OperatorSet, IReadOnlyList<ExportedValue> Inputs,
    IReadOnlyList<ExportedValue> Outputs, IReadOnlyDictionary<string, string> Metadata);

/// <summary>An input or output in the report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Extents">Its extents: numbers, or names of those that are free; none for a scalar.</param>
internal sealed record ExportedValue(string Name, IReadOnlyList<string> Extents);
