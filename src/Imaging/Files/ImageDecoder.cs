using System.Numerics;
using System.Runtime.InteropServices;
using InfAdmm.Engine;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace InfAdmm.Imaging.Files;

/// <summary>Decodes pictures with ImageSharp, after checking their headers and containers.</summary>
internal static class ImageDecoder
{
    /// <summary>
    /// Memory that is kept for the next picture, in megabytes; larger blocks are freed with their picture.
    /// </summary>
    private const int PooledMegabytes = 64;

    /// <summary>Contains only the supported formats; PNM has its own reader.</summary>
    public static Configuration Configuration { get; } = CreateConfiguration();

    /// <summary>Decodes a file.</summary>
    /// <param name="path">Names the file in errors.</param>
    /// <param name="file">The contents of the file.</param>
    /// <param name="upright">Whether to rotate the picture according to its Exif orientation.</param>
    /// <param name="maxPixels">The most pixels that are accepted.</param>
    /// <exception cref="InputException">The file cannot be used; the message names it and the fix.</exception>
    public static Picture Decode(string path, byte[] file, bool upright, long maxPixels)
    {
        try
        {
            return PnmFile.IsOne(file)
                ? GreyIfGrey(PnmFile.Read(file, maxPixels))
                : DecodeChecked(file, upright, maxPixels);
        }
        catch (BadPictureException fault)
        {
            throw new InputException($"'{path}' {fault.Message}", fault) { Parameter = fault.Parameter };
        }
        catch (Exception fault) when (fault is NotSupportedException or NotImplementedException)
        {
            throw new InputException(
                $"'{path}' cannot be read ({OneLine(fault)}): convert it to an ordinary PNG or JPEG file", fault);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Damaged input makes ImageSharp throw many exception types, including index and null errors.
            string reason = fault is ImageFormatException ? $" ({OneLine(fault)})" : "";
            throw new InputException($"'{path}' is damaged{reason}: give an intact file", fault);
        }
    }

    /// <summary>The number of pixels that a header states; 0 if the file is not a picture.</summary>
    public static long CountPixels(byte[] file)
    {
        try
        {
            if (PnmFile.IsOne(file))
            {
                return PnmFile.CountPixels(file);
            }

            using var stream = new MemoryStream(file, writable: false);
            return Image.Identify(Configuration, stream) is { } info ? (long)info.Width * info.Height : 0;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // As for Decode, which says what is wrong with the file.
            return 0;
        }
    }

    private static Configuration CreateConfiguration()
    {
        // ImageSharp lists the values of this enumeration by reflection; this reference makes NativeAOT keep them.
        _ = Enum.GetValues<ExifDataType>();
        var configuration = new Configuration(
            new PngConfigurationModule(), new JpegConfigurationModule(), new WebpConfigurationModule(),
            new BmpConfigurationModule(), new TiffConfigurationModule())
        {
            MemoryAllocator = MemoryAllocator.Create(
                new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = PooledMegabytes }),
        };

        // Smaller copies may follow the page.
        configuration.ImageFormatsManager.SetDecoder(
            TiffFormat.Instance, new TiffDecoder { DecodingMode = FrameDecodingMode.First });
        return configuration;
    }

    private static Picture DecodeChecked(byte[] file, bool upright, long maxPixels)
    {
        if (BmpContainer.IsOne(file))
        {
            BmpContainer.CheckStart(file);
        }

        using var stream = new MemoryStream(file, writable: false);
        IImageInfo info = Image.Identify(Configuration, stream, out IImageFormat format)
            ?? throw new BadPictureException("is not a picture that can be read", $"give a {ImageFile.Formats} file");
        BadPictureException.ThrowIfUnusable(info.Width, info.Height, file.Length, maxPixels);
        switch (format)
        {
            case JpegFormat:
                return DecodeJpeg(file, info, upright);
            case PngFormat:
                return Load(file, PngContainer.Inspect(file), upright);
            case WebpFormat:
                return Load(file, WebpContainer.Inspect(file), upright);
            case BmpFormat:
                return Load(file, BmpContainer.Inspect(file), upright);
            default:
                return Load(file, TiffContainer.Inspect(file), upright);
        }
    }

    private static Picture DecodeJpeg(byte[] file, IImageInfo info, bool upright)
    {
        var container = JpegContainer.Inspect(file, info.Width, info.Height);
        if (container.HasEnd)
        {
            return Load(file, new ContainerFacts(), upright);
        }

        Picture[] pictures = [.. container.Completions().Select(whole => Load(whole, new ContainerFacts(), upright))];
        return container.HasAllScans && pictures[0].Image.Values.SequenceEqual(pictures[1].Image.Values)
            ? pictures[0] with { Note = "its end marker is missing; all its pixels could be read" }
            : throw BadPictureException.Damaged("it ends too early");
    }

    private static Picture Load(byte[] file, ContainerFacts facts, bool upright) => facts.IsDeep
        ? Load<Rgba64, ushort>(file, facts, upright)
        : Load<Rgba32, byte>(file, facts, upright);

    private static Picture Load<TPixel, TSample>(byte[] file, ContainerFacts facts, bool upright)
        where TPixel : unmanaged, IPixel<TPixel>
        where TSample : unmanaged, IBinaryInteger<TSample>, IMinMaxValue<TSample>
    {
        using var stream = new MemoryStream(file, writable: false);
        using var image = Image.Load<TPixel>(Configuration, stream);

        // ImageSharp reports TIFF tags as those of a frame.
        ImageMetadata metadata = image.Metadata;
        ImageFrameMetadata frame = image.Frames.RootFrame.Metadata;
        if (upright)
        {
            metadata.ExifProfile ??= frame.ExifProfile;
            image.Mutate(Configuration, context => context.AutoOrient());
        }

        Picture picture = Unpack<TPixel, TSample>(image, facts.HasAlpha);
        return picture with
        {
            IsDeep = facts.IsDeep,
            IccProfile = facts.IccProfile ?? (metadata.IccProfile ?? frame.IccProfile)?.ToByteArray(),
            Note = facts.Note,
        };
    }

    /// <summary>Splits interleaved red, green, blue and alpha into planes.</summary>
    private static Picture Unpack<TPixel, TSample>(Image<TPixel> image, bool hasAlpha)
        where TPixel : unmanaged, IPixel<TPixel>
        where TSample : unmanaged, IBinaryInteger<TSample>, IMinMaxValue<TSample>
    {
        bool isGrey = true;
        image.ProcessPixelRows(rows =>
        {
            for (int y = 0; y < rows.Height; y++)
            {
                ReadOnlySpan<TSample> row = MemoryMarshal.Cast<TPixel, TSample>(rows.GetRowSpan(y));
                for (int i = 0; i < row.Length; i += 4)
                {
                    isGrey &= row[i] == row[i + 1] && row[i] == row[i + 2];
                    hasAlpha |= row[i + 3] != TSample.MaxValue;
                }
            }
        });

        var shape = new Shape(1, isGrey ? 1 : 3, image.Height, image.Width);
        float[] values = new float[shape.Count];
        float[]? alpha = hasAlpha ? new float[shape.PlaneSize] : null;
        float largest = float.CreateTruncating(TSample.MaxValue);
        image.ProcessPixelRows(rows =>
        {
            for (int y = 0; y < rows.Height; y++)
            {
                ReadOnlySpan<TSample> row = MemoryMarshal.Cast<TPixel, TSample>(rows.GetRowSpan(y));
                for (int x = 0; x < rows.Width; x++)
                {
                    int i = y * rows.Width + x;
                    for (int c = 0; c < shape.C; c++)
                    {
                        values[c * shape.PlaneSize + i] = float.CreateTruncating(row[4 * x + c]) / largest;
                    }

                    if (alpha is not null)
                    {
                        alpha[i] = float.CreateTruncating(row[4 * x + 3]) / largest;
                    }
                }
            }
        });
        return new Picture(new PlanarImage(values, shape), alpha);
    }

    private static Picture GreyIfGrey(Picture picture)
    {
        (float[] values, Shape shape) = picture.Image;
        ReadOnlySpan<float> red = values.AsSpan(0, shape.PlaneSize);
        for (int c = 1; c < shape.C; c++)
        {
            if (!red.SequenceEqual(values.AsSpan(c * shape.PlaneSize, shape.PlaneSize)))
            {
                return picture;
            }
        }

        return shape.C == 1
            ? picture
            : picture with { Image = new PlanarImage(red.ToArray(), shape with { C = 1 }) };
    }

    private static string OneLine(Exception fault) => fault.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.', '!');
}
