using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Bench.Peers.Onnx;

/// <summary>
/// Builds a graph in the ONNX format. Field numbers are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxGraph
{
    private const int FormatVersion = 8;
    private const int OperatorSet = 17;
    private const int FloatElements = 1;
    private const int IntegerElements = 7;
    private const int IntegerAttribute = 2;
    private const int TextAttribute = 3;
    private const int IntegersAttribute = 7;

    private readonly ProtobufWriter _graph = new ProtobufWriter().Text(2, "network");
    private int _names;

    /// <summary>Returns a new name that is unique in the graph.</summary>
    public string NewName(string what) => $"{what}{_names++}";

    public void AddInput(string name, Shape shape) => _graph.Message(11, Value(name, shape));

    public void AddOutput(string name, Shape shape) => _graph.Message(12, Value(name, shape));

    /// <summary>Adds a constant and returns its name.</summary>
    public string AddConstant(float[] values, params long[] extents) =>
        AddConstant(FloatElements, MemoryMarshal.AsBytes(values.AsSpan()), extents);

    /// <summary>Adds a constant vector and returns its name.</summary>
    public string AddConstant(long[] values) =>
        AddConstant(IntegerElements, MemoryMarshal.AsBytes(values.AsSpan()), values.Length);

    /// <summary>Adds an operation and returns the name of its result.</summary>
    public string AddNode(string type, string[] sources, params ProtobufWriter[] attributes)
    {
        string result = NewName(type);
        ProtobufWriter node = new ProtobufWriter().Texts(1, sources).Text(2, result).Text(3, result).Text(4, type);
        foreach (ProtobufWriter attribute in attributes)
        {
            node.Message(5, attribute);
        }

        _graph.Message(1, node);
        return result;
    }

    public static ProtobufWriter Attribute(string name, long value) =>
        new ProtobufWriter().Text(1, name).Integer(3, value).Integer(20, IntegerAttribute);

    public static ProtobufWriter Attribute(string name, string value) =>
        new ProtobufWriter().Text(1, name).Text(4, value).Integer(20, TextAttribute);

    public static ProtobufWriter Attribute(string name, params long[] values) =>
        new ProtobufWriter().Text(1, name).Integers(8, values).Integer(20, IntegersAttribute);

    /// <summary>The bytes of a model file.</summary>
    public byte[] ToModel()
    {
        ProtobufWriter operators = new ProtobufWriter().Text(1, "").Integer(2, OperatorSet);
        return new ProtobufWriter()
            .Integer(1, FormatVersion)
            .Text(2, "InfAdmm")
            .Message(7, _graph)
            .Message(8, operators)
            .Written.ToArray();
    }

    private string AddConstant(int type, ReadOnlySpan<byte> values, params long[] extents)
    {
        string name = NewName("constant");
        _graph.Message(5, new ProtobufWriter()
            .Integers(1, extents)
            .Integer(2, type)
            .Text(8, name)
            .Bytes(9, values));
        return name;
    }

    private static ProtobufWriter Value(string name, Shape shape)
    {
        var extents = new ProtobufWriter();
        foreach (int extent in (int[])[shape.N, shape.C, shape.H, shape.W])
        {
            extents.Message(1, new ProtobufWriter().Integer(1, extent));
        }

        ProtobufWriter tensor = new ProtobufWriter().Integer(1, FloatElements).Message(2, extents);
        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, tensor));
    }
}
