using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Nn.Weights;
using InfAdmm.Storage;

namespace InfAdmm.Nn.Onnx;

/// <summary>An operation of a model.</summary>
/// <param name="Op">Its type, such as "Conv".</param>
/// <param name="Inputs">The names of its inputs.</param>
/// <param name="Output">The name of its first output.</param>
/// <param name="Integers">Its parameters that are integers or lists of integers.</param>
/// <param name="Epsilon">The number that a normalization adds to the variance.</param>
public sealed record OnnxOperation(
    string Op, IReadOnlyList<string> Inputs, string Output, IReadOnlyDictionary<string, long[]> Integers, float Epsilon);

/// <summary>
/// What an ONNX file contains: its operations in order, and the arrays of its weights in single precision. Values that are
/// computed when the model runs have names only.
/// </summary>
/// <param name="Operations">The operations, each after those that it depends on.</param>
/// <param name="Arrays">The weights by name.</param>
/// <param name="Source">The file name, for messages.</param>
public sealed record OnnxFile(
    IReadOnlyList<OnnxOperation> Operations, IReadOnlyDictionary<string, WeightArray> Arrays, string Source)
{
    private const int SingleType = 1;
    private const float UsualEpsilon = 1e-5f;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">The file cannot be read, or is not a model.</exception>
    public static OnnxFile Load(string path)
    {
        try
        {
            return Parse(InputFile.ReadAllBytes(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({exception.Message})", exception);
        }
    }

    /// <summary>Parses the bytes of a file. <paramref name="source"/> is its name, for messages.</summary>
    /// <exception cref="InputException">The bytes are not a model.</exception>
    public static OnnxFile Parse(ReadOnlySpan<byte> bytes, string source)
    {
        try
        {
            var model = new ProtobufReader(bytes);
            while (model.Read())
            {
                if (model.Field == 7)
                {
                    return ReadGraph(model.Bytes, source);
                }
            }
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new InputException($"{source}: is not an ONNX file ({exception.Message})", exception);
        }

        throw new InputException($"{source}: is not an ONNX file (it contains no graph)");
    }

    private static OnnxFile ReadGraph(ReadOnlySpan<byte> message, string source)
    {
        var operations = new List<OnnxOperation>();
        var arrays = new Dictionary<string, WeightArray>();
        var graph = new ProtobufReader(message);
        while (graph.Read())
        {
            if (graph.Field == 1)
            {
                operations.Add(ReadOperation(graph.Bytes));
            }
            else if (graph.Field == 5 && ReadArray(graph.Bytes, source) is { } named)
            {
                arrays[named.Name] = named.Array;
            }
        }

        return new OnnxFile(operations, arrays, source);
    }

    private static OnnxOperation ReadOperation(ReadOnlySpan<byte> message)
    {
        var inputs = new List<string>();
        var outputs = new List<string>();
        var integers = new Dictionary<string, long[]>();
        float epsilon = UsualEpsilon;
        string op = "";
        var node = new ProtobufReader(message);
        while (node.Read())
        {
            switch (node.Field)
            {
                case 1:
                    inputs.Add(node.Text);
                    break;
                case 2:
                    outputs.Add(node.Text);
                    break;
                case 4:
                    op = node.Text;
                    break;
                case 5:
                    (string name, long[] values, float number) = ReadParameter(node.Bytes);
                    integers[name] = values;
                    epsilon = name == "epsilon" ? number : epsilon;
                    break;
            }
        }

        return new OnnxOperation(op, inputs, outputs.FirstOrDefault(""), integers, epsilon);
    }

    private static (string Name, long[] Integers, float Number) ReadParameter(ReadOnlySpan<byte> message)
    {
        string name = "";
        float number = 0;
        var integers = new List<long>();
        var parameter = new ProtobufReader(message);
        while (parameter.Read())
        {
            switch (parameter.Field)
            {
                case 1:
                    name = parameter.Text;
                    break;
                case 2:
                    number = parameter.Single;
                    break;
                case 3 or 8:
                    integers.AddRange(parameter.Integers());
                    break;
            }
        }

        return (name, [.. integers], number);
    }

    /// <summary>An array in single precision; null for one of another type, such as the sizes of a reshape.</summary>
    private static (string Name, WeightArray Array)? ReadArray(ReadOnlySpan<byte> message, string source)
    {
        string name = "";
        long type = 0;
        var shape = new List<int>();
        var values = new List<float>();
        var tensor = new ProtobufReader(message);
        while (tensor.Read())
        {
            switch (tensor.Field)
            {
                case 1:
                    shape.AddRange(tensor.Integers().Select(extent => checked((int)extent)));
                    break;
                case 2:
                    type = tensor.Integer;
                    break;
                case 4 when tensor.Bytes.IsEmpty:
                    values.Add(tensor.Single);
                    break;
                case 4 or 9:
                    values.AddRange(MemoryMarshal.Cast<byte, float>(tensor.Bytes));
                    break;
                case 8:
                    name = tensor.Text;
                    break;
            }
        }

        if (type != SingleType)
        {
            return null;
        }

        long count = shape.Aggregate(1L, (product, extent) => checked(product * extent));
        return count == values.Count
            ? (name, new WeightArray([.. shape], [.. values]))
            : throw new InputException(
                $"{source}: array '{name}' of ({string.Join(", ", shape)}) has {values.Count} values");
    }
}
