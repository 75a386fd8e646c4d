using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// Reads the weights that <c>torch.save(model.state_dict(), file)</c> writes: the archives of PyTorch 1.6 and later, and the
/// files of earlier versions. Nothing in a file is executed. Tensors of another type than float32, such as counters, are
/// left out.
/// </summary>
public static class TorchFile
{
    private const string SingleStorage = "FloatStorage";
    private const long MostValues = 1L << 30;

    /// <summary>Reads the tensors of a file whose names begin with a prefix.</summary>
    /// <exception cref="InputException">
    /// The file cannot be read, or does not contain a dictionary of such tensors.
    /// </exception>
    public static WeightSet Load(string path, string prefix = "")
    {
        try
        {
            return Parse(InputFile.ReadAllBytes(path), path, prefix);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({exception.Message})", exception);
        }
    }

    /// <summary>
    /// Parses the bytes of a file. <paramref name="source"/> is its name, for messages; the names of tensors begin with
    /// <paramref name="prefix"/>.
    /// </summary>
    /// <exception cref="InputException">The bytes do not contain a dictionary of such tensors.</exception>
    public static WeightSet Parse(byte[] bytes, string source, string prefix = "")
    {
        try
        {
            return bytes is [(byte)'P', (byte)'K', ..] ? ReadArchive(bytes, prefix) : ReadOldFile(bytes, prefix);
        }
        catch (Exception exception) when (
            exception is FormatException or InvalidDataException or OverflowException or ArgumentException
                or EndOfStreamException)
        {
            throw new InputException(
                $"{source}: is not a file of PyTorch weights ({exception.Message}); save the state_dict of the model",
                exception);
        }
    }

    /// <summary>An archive with the pickle <c>data.pkl</c> and each storage in a file of its own.</summary>
    private static WeightSet ReadArchive(byte[] bytes, string prefix)
    {
        using var archive = new ZipArchive(new MemoryStream(bytes));
        ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(entry => entry.Name == "data.pkl")
            ?? throw new FormatException("the archive contains no data.pkl");
        string folder = pickle.FullName[..^"data.pkl".Length];
        int at = 0;
        object? root = TorchPickle.Read(Contents(pickle), ref at);
        return Collect(root, prefix, storage =>
            archive.GetEntry($"{folder}data/{storage.Key}") is { } entry
            && entry.Length == checked(storage.Count * SizeOf(storage.Type))
                ? Contents(entry)
                : throw new FormatException($"the values '{storage.Key}' are missing, or not as many as stated"));
    }

    /// <summary>
    /// Five pickles, of a magic number, a version, facts on the machine, the dictionary and the keys of its storages; then for
    /// each of them the number of values and the values.
    /// </summary>
    private static WeightSet ReadOldFile(byte[] bytes, string prefix)
    {
        int at = 0;
        for (int i = 0; i < 3; i++)
        {
            TorchPickle.Read(bytes, ref at);
        }

        object? root = TorchPickle.Read(bytes, ref at);
        if (TorchPickle.Read(bytes, ref at) is not List<object?> keys)
        {
            throw new FormatException("it has no list of values");
        }

        Dictionary<string, TorchStorage> known = Tensors(root).Select(entry => entry.Tensor.Storage)
            .DistinctBy(storage => storage.Key).ToDictionary(storage => storage.Key);
        var values = new Dictionary<string, byte[]>();
        foreach (object? key in keys)
        {
            if (key is not string name || !known.TryGetValue(name, out TorchStorage? storage))
            {
                throw new FormatException("it lists values that no tensor has");
            }

            long count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at, sizeof(long)));
            int size = checked((int)(count * SizeOf(storage.Type)));
            values[name] = bytes.AsSpan(at + sizeof(long), size).ToArray();
            at += sizeof(long) + size;
        }

        return Collect(root, prefix, storage => values.GetValueOrDefault(storage.Key)
            ?? throw new FormatException($"the values '{storage.Key}' are missing"));
    }

    private static WeightSet Collect(object? root, string prefix, Func<TorchStorage, byte[]> valuesOf)
    {
        var arrays = new Dictionary<string, WeightArray>();
        foreach ((string name, TorchTensor tensor) in Tensors(root))
        {
            if (tensor.Storage.Type == SingleStorage && name.StartsWith(prefix, StringComparison.Ordinal))
            {
                float[] values = MemoryMarshal.Cast<byte, float>(valuesOf(tensor.Storage)).ToArray();
                arrays[name] = new WeightArray([.. tensor.Shape.Select(extent => checked((int)extent))], Elements(tensor, values));
            }
        }

        return arrays.Count > 0
            ? new WeightSet(arrays, new Dictionary<string, string>())
            : throw new FormatException($"it contains no tensor in single precision whose name begins with '{prefix}'");
    }

    private static IEnumerable<(string Name, TorchTensor Tensor)> Tensors(object? root)
    {
        if (root is not Dictionary<object, object?> dictionary)
        {
            throw new FormatException("it is not a dictionary");
        }

        foreach ((object key, object? value) in dictionary)
        {
            if (key is string name && value is TorchTensor tensor)
            {
                yield return (name, tensor);
            }
        }
    }

    /// <summary>The elements of a view in row-major order.</summary>
    private static float[] Elements(TorchTensor tensor, float[] values)
    {
        long count = tensor.Shape.Aggregate(1L, (product, extent) => checked(product * extent));
        if (tensor.Shape.Length != tensor.Strides.Length || tensor.Shape.Any(extent => extent < 0) || count > MostValues)
        {
            throw new FormatException("a tensor has no valid shape");
        }

        float[] elements = new float[count];
        if (IsContiguous(tensor))
        {
            values.AsSpan(checked((int)tensor.Offset), (int)count).CopyTo(elements);
            return elements;
        }

        long[] index = new long[tensor.Shape.Length];
        for (long i = 0; i < count; i++)
        {
            long place = tensor.Offset + index.Zip(tensor.Strides, (at, stride) => checked(at * stride)).Sum();
            elements[i] = place >= 0 && place < values.Length
                ? values[place]
                : throw new FormatException("a tensor extends beyond its values");
            for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == tensor.Shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return elements;
    }

    private static bool IsContiguous(TorchTensor tensor)
    {
        long expected = 1;
        for (int axis = tensor.Shape.Length - 1; axis >= 0; axis--)
        {
            if (tensor.Strides[axis] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[axis];
        }

        return true;
    }

    private static int SizeOf(string type) => type switch
    {
        "DoubleStorage" or "LongStorage" => 8,
        "FloatStorage" or "IntStorage" => 4,
        "HalfStorage" or "BFloat16Storage" or "ShortStorage" => 2,
        "ByteStorage" or "CharStorage" or "BoolStorage" => 1,
        _ => throw new FormatException($"it has values of the unknown type {type}"),
    };

    private static byte[] Contents(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        byte[] contents = new byte[entry.Length];
        stream.ReadExactly(contents);
        return contents;
    }
}
