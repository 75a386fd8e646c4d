using System.Buffers.Binary;
using System.IO.Compression;
using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Tests.Shared;

/// <summary>Data sets of a few small files.</summary>
internal static class SampleFiles
{
    /// <summary>Writes a grey picture with a single value that identifies it.</summary>
    public static void WritePicture(string path, byte value, int height = 3, int width = 2)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var values = new float[height * width];
        Array.Fill(values, value / 255f);
        ImageFile.Write(path, values, new Shape(1, 1, height, width));
    }

    /// <summary>Writes pictures with the values 0, 1, … in the order of the given names.</summary>
    public static void WritePictures(string folder, params string[] names)
    {
        for (int i = 0; i < names.Length; i++)
        {
            WritePicture(Path.Combine(folder, names[i]), (byte)i);
        }
    }

    /// <summary>The value of a picture written by <see cref="WritePicture"/>.</summary>
    public static int ValueOf(PlanarImage image)
    {
        Assert.Equal(1, image.Shape.C);
        Assert.All(image.Values, value => Assert.Equal(image.Values[0], value));
        return (int)MathF.Round(image.Values[0] * 255);
    }

    /// <summary>The values of all pictures of a set.</summary>
    public static int[] ValuesOf(IImageSet images) =>
        [.. Enumerable.Range(0, images.Count).Select(i => ValueOf(images.Load(i)))];

    /// <summary>The names of all pictures of a set.</summary>
    public static string[] NamesOf(IImageSet images) =>
        [.. Enumerable.Range(0, images.Count).Select(images.Name)];

    /// <summary>An idx file of images; pixel p of image i is <see cref="Pixel"/>.</summary>
    public static byte[] Idx(int count, int height = 28, int width = 28)
    {
        var file = new byte[16 + count * height * width];
        BinaryPrimitives.WriteInt32BigEndian(file, 0x00000803);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), height);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), width);
        for (int i = 16; i < file.Length; i++)
        {
            int at = i - 16;
            file[i] = Pixel(at / (height * width), at % (height * width));
        }

        return file;
    }

    public static byte Pixel(int image, int pixel) => (byte)(image * 31 + pixel * 7);

    public static byte[] Gzip(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }

    /// <summary>Opens a data set that must be rejected, and returns the error message.</summary>
    public static string Refusal(string path, DataSplit split = DataSplit.Test, int? limit = null) =>
        Assert.Throws<InputException>(() => ImageSets.Open(path, split, limit)).Message;
}
