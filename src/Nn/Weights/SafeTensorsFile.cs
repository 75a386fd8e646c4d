using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header; the header, with type, shape and offsets of
/// each named array and a map of strings; then the data. Supports float32 and float16.
/// </summary>
public static class SafeTensorsFile
{
    private const string MetadataKey = "__metadata__";
    private const string SingleType = "F32";
    private const string HalfType = "F16";
    private const long LargestHeader = 100_000_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">
    /// The file cannot be read or is not a safetensors file of float32 or float16 arrays.
    /// </exception>
    public static WeightSet Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({exception.Message})", exception);
        }

        return Parse(bytes, path);
    }

    /// <summary>Parses the bytes of a file. <paramref name="source"/> is its name, for messages.</summary>
    /// <exception cref="InputException">
    /// The bytes are not a safetensors file of float32 or float16 arrays.
    /// </exception>
    public static WeightSet Parse(ReadOnlySpan<byte> bytes, string source)
    {
        try
        {
            return ParseCore(bytes, source);
        }
        catch (Exception exception) when (
            exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
                or OverflowException)
        {
            throw new InputException($"{source}: is not a safetensors file ({exception.Message})", exception);
        }
    }

    /// <summary>Writes a file completely or not at all; see <see cref="AtomicFile"/>.</summary>
    /// <exception cref="InputException">The file cannot be written; the message names it.</exception>
    public static void Save(string path, WeightSet weights)
    {
        byte[] bytes = ToBytes(weights);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Returns the contents of the file.</summary>
    public static byte[] ToBytes(WeightSet weights)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in weights.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            long offset = 0;
            foreach ((string name, WeightArray array) in weights.Arrays)
            {
                long end = offset + array.Values.LongLength * BytesOf(array.IsHalf);
                WriteEntry(json, name, array, offset, end);
                offset = end;
            }

            json.WriteEndObject();
        }

        // The data must start at a multiple of 8 bytes: the format pads the header with spaces.
        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        using var file = new MemoryStream();
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        header.WriteTo(file);
        foreach (WeightArray array in weights.Arrays.Values)
        {
            file.Write(array.IsHalf
                ? MemoryMarshal.AsBytes(Array.ConvertAll(array.Values, value => (Half)value).AsSpan())
                : MemoryMarshal.AsBytes(array.Values.AsSpan()));
        }

        return file.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, WeightArray array, long start, long end)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", array.IsHalf ? HalfType : SingleType);
        json.WriteStartArray("shape");
        foreach (int extent in array.Shape)
        {
            json.WriteNumberValue(extent);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(start);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static WeightSet ParseCore(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length < 8)
        {
            throw new InputException($"{source}: is not a safetensors file (only {bytes.Length} bytes)");
        }

        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (headerLength < 2 || headerLength > LargestHeader || headerLength > bytes.Length - 8)
        {
            throw new InputException(
                $"{source}: is not a safetensors file, or is truncated (it states a header of {headerLength} bytes)");
        }

        var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
        using var header = JsonDocument.Parse(bytes.Slice(8, (int)headerLength).ToArray(), options);
        ReadOnlySpan<byte> data = bytes[(8 + (int)headerLength)..];
        var arrays = new Dictionary<string, WeightArray>();
        var metadata = new Dictionary<string, string>();
        var extents = new List<(long Start, long End)>();
        foreach (JsonProperty entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == MetadataKey)
            {
                foreach (JsonProperty pair in entry.Value.EnumerateObject())
                {
                    metadata[pair.Name] = pair.Value.GetString() ?? string.Empty;
                }
            }
            else
            {
                (arrays[entry.Name], (long, long) extent) = ReadArray(entry, data, source);
                extents.Add(extent);
            }
        }

        CheckCover(extents, data.Length, source);
        return new WeightSet(arrays, metadata);
    }

    /// <summary>Checks that every byte of the data belongs to exactly one array.</summary>
    private static void CheckCover(List<(long Start, long End)> extents, long length, string source)
    {
        long covered = 0;
        foreach ((long start, long end) in extents.Order())
        {
            if (start != covered)
            {
                throw new InputException($"{source}: arrays overlap or leave a gap at byte {covered} of the data");
            }

            covered = end;
        }

        if (covered != length)
        {
            throw new InputException($"{source}: {length - covered} bytes of data belong to no array");
        }
    }

    private static (WeightArray Array, (long Start, long End) Extent) ReadArray(
        JsonProperty entry, ReadOnlySpan<byte> data, string source)
    {
        string? type = entry.Value.GetProperty("dtype").GetString();
        if (type is not (SingleType or HalfType))
        {
            throw new InputException(
                $"{source}: array '{entry.Name}' has type {type}; convert it to {SingleType} or {HalfType}");
        }

        int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32())];
        JsonElement place = entry.Value.GetProperty("data_offsets");
        long[] offsets = [.. place.EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets is not [long start and >= 0, long end] || end < start || end > data.Length)
        {
            throw new InputException(
                $"{source}: array '{entry.Name}' extends past the end of the file; the file may be truncated");
        }

        bool isHalf = type == HalfType;
        long size = shape.Aggregate(BytesOf(isHalf), (product, extent) => checked(product * extent));
        if (shape.Any(extent => extent < 0) || end - start != size)
        {
            throw new InputException(
                $"{source}: array '{entry.Name}' of ({string.Join(", ", shape)}) does not fill bytes {start} to {end}");
        }

        ReadOnlySpan<byte> bytes = data[(int)start..(int)end];
        return (new WeightArray(shape, isHalf ? ToSingle(bytes) : MemoryMarshal.Cast<byte, float>(bytes).ToArray())
        {
            IsHalf = isHalf,
        }, (start, end));
    }

    private static float[] ToSingle(ReadOnlySpan<byte> halves)
    {
        float[] values = new float[halves.Length / 2];
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(halves), values);
        return values;
    }

    private static long BytesOf(bool isHalf) => isHalf ? sizeof(float) / 2 : sizeof(float);
}
