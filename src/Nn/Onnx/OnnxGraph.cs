using System.Runtime.InteropServices;
using InfAdmm.Storage;

namespace InfAdmm.Nn.Onnx;

/// <summary>
/// Builds a model in the ONNX format: inputs, constants, operations and outputs, each a value with a name. Operations
/// are added after those that they use. Field numbers are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
public sealed class OnnxGraph
{
    /// <summary>The version of the operators, of 2022: ONNX Runtime 1.12 and its contemporaries read it.</summary>
    public const int OperatorSet = 17;

    private const int FormatVersion = 8;
    private const int FloatElements = 1;
    private const int IntegerElements = 7;

    private readonly ProtobufWriter _graph = new ProtobufWriter().Text(2, "network");
    private readonly Dictionary<string, string> _metadata = [];
    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private int _names;

    /// <summary>The inputs, in the order in which they were added.</summary>
    public IReadOnlyList<OnnxValue> Inputs => _inputs;

    /// <summary>The outputs, in the order in which they were added.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>The entries that describe the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Adds an input of float32 and returns its name.</summary>
    /// <param name="name">The name: unlike those of operations and constants, such as Conv0.</param>
    /// <param name="extents">Its extents; none for a scalar.</param>
    public string AddInput(string name, params IReadOnlyList<OnnxExtent> extents)
    {
        _inputs.Add(new OnnxValue(name, extents));
        _graph.Message(11, Value(name, extents));
        return name;
    }

    /// <summary>Makes a value an output.</summary>
    /// <param name="name">The name of the output: unlike those of operations and constants, such as Conv0.</param>
    /// <param name="value">The name of the value.</param>
    /// <param name="extents">Its extents.</param>
    public void AddOutput(string name, string value, params IReadOnlyList<OnnxExtent> extents)
    {
        _outputs.Add(new OnnxValue(name, extents));
        AddNode(name, "Identity", [value]);
        _graph.Message(12, Value(name, extents));
    }

    /// <summary>Adds a constant and returns its name.</summary>
    public string AddConstant(float[] values, params IReadOnlyList<long> extents) =>
        AddConstant(FloatElements, MemoryMarshal.AsBytes(values.AsSpan()), extents);

    /// <summary>Adds a vector of integers and returns its name.</summary>
    public string AddIndices(params long[] values) =>
        AddConstant(IntegerElements, MemoryMarshal.AsBytes(values.AsSpan()), values.Length);

    /// <summary>Adds an operation and returns the name of its result.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="sources">The values that it takes.</param>
    /// <param name="parameters">Its parameters.</param>
    public string AddNode(string type, IReadOnlyList<string> sources, params IReadOnlyList<OnnxParameter> parameters) =>
        AddNode(NewName(type), type, sources, parameters);

    /// <summary>
    /// Extends an image (N, C, H, W) periodically, each side by at most the image itself, and returns the name of the
    /// result.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="pads">Rows above, columns to the left, rows below, columns to the right.</param>
    public string AddPeriodic(string image, (int Top, int Left, int Bottom, int Right) pads) =>
        AddPeriodic(AddPeriodic(image, axis: 2, pads.Top, pads.Bottom), axis: 3, pads.Left, pads.Right);

    /// <summary>Describes the model by an entry, which every runtime can read.</summary>
    public void Describe(string key, string value) => _metadata.Add(key, value);

    /// <summary>The bytes of the model file.</summary>
    public byte[] ToModel()
    {
        ProtobufWriter operators = new ProtobufWriter().Text(1, "").Integer(2, OperatorSet);
        ProtobufWriter model = new ProtobufWriter()
            .Integer(1, FormatVersion)
            .Text(2, "InfAdmm")
            .Message(7, _graph)
            .Message(8, operators);
        foreach ((string key, string value) in _metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            model.Message(14, new ProtobufWriter().Text(1, key).Text(2, value));
        }

        return model.Written.ToArray();
    }

    /// <summary>Writes the model file completely or not at all; see <see cref="AtomicFile"/>.</summary>
    /// <exception cref="Engine.InputException">The file cannot be written; the message names it.</exception>
    public void Save(string path)
    {
        byte[] bytes = ToModel();
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private string AddPeriodic(string image, int axis, int before, int after)
    {
        var parts = new List<string>();
        if (before > 0)
        {
            parts.Add(AddNode(
                "Slice", [image, AddIndices(-before), AddIndices(int.MaxValue), AddIndices(axis)]));
        }

        parts.Add(image);
        if (after > 0)
        {
            parts.Add(AddNode("Slice", [image, AddIndices(0), AddIndices(after), AddIndices(axis)]));
        }

        return parts is [var unchanged] ? unchanged : AddNode("Concat", parts, OnnxParameter.Of("axis", axis));
    }

    private string NewName(string what) => $"{what}{_names++}";

    private string AddNode(
        string result, string type, IReadOnlyList<string> sources, params IReadOnlyList<OnnxParameter> parameters)
    {
        ProtobufWriter node = new ProtobufWriter().Texts(1, sources).Text(2, result).Text(3, result).Text(4, type);
        foreach (OnnxParameter parameter in parameters)
        {
            node.Message(5, parameter.Message);
        }

        _graph.Message(1, node);
        return result;
    }

    private string AddConstant(int type, ReadOnlySpan<byte> values, params IReadOnlyList<long> extents)
    {
        string name = NewName("constant");
        _graph.Message(5, new ProtobufWriter()
            .Integers(1, extents)
            .Integer(2, type)
            .Text(8, name)
            .Bytes(9, values));
        return name;
    }

    private static ProtobufWriter Value(string name, IReadOnlyList<OnnxExtent> extents)
    {
        var shape = new ProtobufWriter();
        foreach (OnnxExtent extent in extents)
        {
            shape.Message(1, extent.Value is { } value
                ? new ProtobufWriter().Integer(1, value)
                : new ProtobufWriter().Text(2, extent.Name!));
        }

        ProtobufWriter tensor = new ProtobufWriter().Integer(1, FloatElements).Message(2, shape);
        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, tensor));
    }
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Extents">Its extents; none for a scalar.</param>
public sealed record OnnxValue(string Name, IReadOnlyList<OnnxExtent> Extents);
