using System.Buffers.Binary;
using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Files;

/// <summary>Reads and writes NumPy files (.npy) of one image: (height, width) or (channels, height, width).</summary>
public static class NpyFile
{
    private const string Fix = "save it with numpy.save(path, numpy.ascontiguousarray(array, dtype='<f4'))";

    /// <summary>Reads little-endian floats or integers as float32, without scaling.</summary>
    /// <returns>An image of shape (1, channels, height, width), all of its values finite.</returns>
    /// <exception cref="InputException">The file cannot be used; the message names it and the fix.</exception>
    public static PlanarImage Read(string path)
    {
        try
        {
            using Stream stream = InputFile.OpenRead(path);
            NpyHeader header = NpyHeader.Read(stream);
            Shape shape = ShapeOf(header);
            (int size, Converter convert) = ConverterOf(header.Type);
            long bytes = shape.Count * size;
            long present = stream.Length - stream.Position;
            if (present != bytes)
            {
                throw new FormatException($"it has {present} bytes of elements, but its header gives {bytes}");
            }

            float[] values = ReadElements(stream, (int)shape.Count, size, convert);
            CheckFinite(values);
            return new PlanarImage(values, shape);
        }
        catch (FormatException complaint)
        {
            throw new InputException($"'{path}' cannot be used: {complaint.Message}; {Fix}", complaint);
        }
        catch (EndOfStreamException failure)
        {
            throw new InputException($"'{path}' cannot be used: it ends too early; {Fix}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"'{path}' cannot be read: {failure.Message.TrimEnd('.')}; give a file that exists and is readable",
                failure);
        }
    }

    /// <summary>Writes float32 of shape (channels, height, width).</summary>
    /// <param name="path">The file.</param>
    /// <param name="values">The values, in the order of <paramref name="shape"/>.</param>
    /// <param name="shape">The shape (1, channels, height, width).</param>
    /// <exception cref="ShapeException">The number of values differs from that of the shape.</exception>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<float> values, Shape shape) =>
        Write(path, values, [shape.Planes, shape.H, shape.W]);

    /// <summary>Writes float32 of shape (height, width).</summary>
    /// <exception cref="ShapeException">The number of values differs from that of the shape.</exception>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void WriteMatrix(string path, ReadOnlySpan<float> values, int height, int width) =>
        Write(path, values, [height, width]);

    private delegate float Converter(ReadOnlySpan<byte> element);

    private static void Write(string path, ReadOnlySpan<float> values, int[] extents)
    {
        long count = extents.Aggregate(1L, (product, extent) => product * extent);
        if (count != values.Length)
        {
            throw new ShapeException(
                $"an array of ({string.Join(", ", extents)}) needs {count} values, got {values.Length}");
        }

        // All machines that .NET 10 supports with SIMD are little-endian, like the file.
        byte[] elements = MemoryMarshal.AsBytes(values).ToArray();
        AtomicFile.Write(path, stream =>
        {
            stream.Write(NpyHeader.Write(extents));
            stream.Write(elements);
        });
    }

    private static Shape ShapeOf(NpyHeader header)
    {
        string text = $"({string.Join(", ", header.Extents)})";
        if (header.FortranOrder)
        {
            throw new FormatException("its elements are in Fortran order");
        }

        if (header.Extents.Length is not (2 or 3))
        {
            throw new FormatException($"its shape {text} is not (height, width) or (channels, height, width)");
        }

        // Checked after each factor, because a product of three could overflow.
        long count = 1;
        foreach (long extent in header.Extents)
        {
            if (extent > int.MaxValue || (count *= extent) > int.MaxValue)
            {
                throw new FormatException($"its shape {text} is too large");
            }
        }

        if (count == 0)
        {
            throw new FormatException($"it is empty, of shape {text}");
        }

        // A picture in the axis order of most image libraries: no measurement has so many channels and so few columns.
        if (header.Extents is [> 4, _, 1 or 3 or 4])
        {
            throw new FormatException(
                $"its shape {text} looks like (height, width, channels), not (channels, height, width): use " +
                "numpy.moveaxis(array, -1, 0)");
        }

        int[] e = [.. header.Extents.Select(extent => (int)extent)];
        return e.Length == 2 ? new Shape(1, 1, e[0], e[1]) : new Shape(1, e[0], e[1], e[2]);
    }

    private static (int Size, Converter Convert) ConverterOf(string type) => type switch
    {
        "<f4" => (4, BinaryPrimitives.ReadSingleLittleEndian),
        "<f8" => (8, b => (float)BinaryPrimitives.ReadDoubleLittleEndian(b)),
        "<f2" => (2, b => (float)BinaryPrimitives.ReadHalfLittleEndian(b)),
        "|u1" or "|b1" => (1, b => b[0]),
        "|i1" => (1, b => (sbyte)b[0]),
        "<u2" => (2, b => BinaryPrimitives.ReadUInt16LittleEndian(b)),
        "<i2" => (2, b => BinaryPrimitives.ReadInt16LittleEndian(b)),
        "<u4" => (4, b => BinaryPrimitives.ReadUInt32LittleEndian(b)),
        "<i4" => (4, b => BinaryPrimitives.ReadInt32LittleEndian(b)),
        "<u8" => (8, b => BinaryPrimitives.ReadUInt64LittleEndian(b)),
        "<i8" => (8, b => BinaryPrimitives.ReadInt64LittleEndian(b)),
        ['>', ..] => throw new FormatException($"its elements are big-endian ('{type}')"),
        ['|', 'O', ..] => throw new FormatException("its elements are Python objects"),
        _ => throw new FormatException($"its elements are of type '{type}', which is not a real number type"),
    };

    private static float[] ReadElements(Stream stream, int count, int size, Converter convert)
    {
        var values = new float[count];
        var buffer = new byte[size * Math.Min(count, 1 << 16)];
        int perBuffer = buffer.Length / size;
        for (int start = 0; start < count; start += perBuffer)
        {
            int here = Math.Min(perBuffer, count - start);
            stream.ReadExactly(buffer, 0, here * size);
            for (int i = 0; i < here; i++)
            {
                values[start + i] = convert(buffer.AsSpan(i * size, size));
            }
        }

        return values;
    }

    private static void CheckFinite(float[] values)
    {
        int index = FiniteValues.IndexOfNonFinite(values);
        if (index >= 0)
        {
            throw new FormatException(
                $"element {index} is {values[index]} in float32; replace values that are not finite");
        }
    }
}
