namespace InfAdmm.Nn.Onnx;

/// <summary>A parameter of an operation in an <see cref="OnnxGraph"/>, which ONNX calls an attribute.</summary>
public sealed class OnnxParameter
{
    private const int IntegerAttribute = 2;
    private const int TextAttribute = 3;
    private const int IntegersAttribute = 7;

    private OnnxParameter(ProtobufWriter message) => Message = message;

    /// <summary>The message AttributeProto.</summary>
    internal ProtobufWriter Message { get; }

    /// <summary>An integer.</summary>
    public static OnnxParameter Of(string name, long value) =>
        new(new ProtobufWriter().Text(1, name).Integer(3, value).Integer(20, IntegerAttribute));

    /// <summary>A text.</summary>
    public static OnnxParameter Of(string name, string value) =>
        new(new ProtobufWriter().Text(1, name).Text(4, value).Integer(20, TextAttribute));

    /// <summary>A list of integers.</summary>
    public static OnnxParameter Of(string name, params IReadOnlyList<long> values) =>
        new(new ProtobufWriter().Text(1, name).Integers(8, values).Integer(20, IntegersAttribute));
}
