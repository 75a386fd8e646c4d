namespace InfAdmm.Imaging.Files;

/// <summary>
/// Checks the pages and strips of a TIFF file. ImageSharp accepts strips that are too short, and fills the rest with
/// black.
/// </summary>
internal static class TiffContainer
{
    private const int SubfileType = 254;
    private const int ImageWidth = 256;
    private const int ImageLength = 257;
    private const int BitsPerSample = 258;
    private const int Compression = 259;
    private const int StripOffsets = 273;
    private const int SamplesPerPixel = 277;
    private const int RowsPerStrip = 278;
    private const int StripByteCounts = 279;
    private const int PlanarConfiguration = 284;
    private const int TileWidth = 322;
    private const int TileLength = 323;
    private const int TileOffsets = 324;
    private const int TileByteCounts = 325;
    private const int ExtraSamples = 338;
    private const int SampleFormat = 339;
    private const long FloatingPoint = 3;

    private const long LargestTileSide = 4096;

    private const long None = 1;
    private const long Lzw = 5;
    private const long PackBits = 32773;
    private static readonly long[] Deflate = [8, 32946];
    private static readonly long[] Fax = [2, 3, 4];

    /// <summary>LZW packs at most 1,340 bytes into one: a 12-bit code represents at most 3,838 bytes.</summary>
    private const long LargestRatio = 1400;

    /// <summary>Reads everything except the pixels.</summary>
    /// <exception cref="BadPictureException">The file has several pages, or parts of it are missing.</exception>
    public static ContainerFacts Inspect(byte[] file)
    {
        var reader = new TiffReader(file);
        IReadOnlyDictionary<int, long[]>[] directories = [.. reader.Directories()];

        // Bit 0 of the subfile type marks a reduced copy of another page.
        int pages = directories.Count(directory => (First(directory, SubfileType, 0) & 1) == 0);
        if (pages > 1)
        {
            throw BadPictureException.SeveralPictures($"a TIFF file of {pages} pages");
        }

        if (directories.Length == 0)
        {
            throw BadPictureException.Damaged("it has no page");
        }

        IReadOnlyDictionary<int, long[]> page = directories[0];
        CheckKind(page);
        CheckStrips(file, reader, page);
        LimitBuffers(reader, page);
        return new ContainerFacts
        {
            IsDeep = page.GetValueOrDefault(BitsPerSample, [1]).Any(bits => bits > 8),
            HasAlpha = page.GetValueOrDefault(ExtraSamples, []).Any(kind => kind is 1 or 2),
        };
    }

    /// <summary>
    /// Refuses what ImageSharp decodes wrongly: it inverts fax pages, and clips floating-point values, so that NaN and
    /// infinity become black or white.
    /// </summary>
    private static void CheckKind(IReadOnlyDictionary<int, long[]> page)
    {
        if (Fax.Contains(First(page, Compression, None)))
        {
            throw BadPictureException.Unsupported("a TIFF file with fax compression");
        }

        if (page.GetValueOrDefault(SampleFormat, []).Contains(FloatingPoint))
        {
            throw BadPictureException.Unsupported("a TIFF file of floating-point numbers");
        }

        if (!page.ContainsKey(BitsPerSample))
        {
            throw BadPictureException.Unsupported("a TIFF file without the tag BitsPerSample");
        }
    }

    /// <summary>
    /// ImageSharp reserves memory for a whole strip or tile. The rows of a strip may exceed those of the picture without
    /// an upper bound, to say that there is one strip; a tile may exceed it, too, but has no reason to be huge.
    /// </summary>
    private static void LimitBuffers(TiffReader reader, IReadOnlyDictionary<int, long[]> page)
    {
        reader.Lower(RowsPerStrip, First(page, ImageLength, 0));
        long width = First(page, TileWidth, 0);
        long height = First(page, TileLength, 0);
        if (width > LargestTileSide || height > LargestTileSide)
        {
            throw BadPictureException.Damaged($"its tiles have {width}x{height} pixels");
        }
    }

    private static void CheckStrips(byte[] file, TiffReader reader, IReadOnlyDictionary<int, long[]> page)
    {
        long[] offsets = page.GetValueOrDefault(StripOffsets) ?? page.GetValueOrDefault(TileOffsets) ?? [];
        long[] counts = page.GetValueOrDefault(StripByteCounts) ?? page.GetValueOrDefault(TileByteCounts) ?? [];
        if (offsets.Length != counts.Length || offsets.Length < StripCount(page))
        {
            throw BadPictureException.Damaged("its strips are not listed");
        }

        foreach ((long offset, long count) in offsets.Zip(counts))
        {
            reader.CheckRange(offset, count, 1);
        }

        long required = PixelBytes(page);
        long compression = First(page, Compression, None);
        bool isShort = compression switch
        {
            None => counts.Sum() < required,
            Lzw or PackBits => counts.Sum() * LargestRatio < required,
            _ when Deflate.Contains(compression) => UnpackedLength(file, offsets, counts, required) < required,
            _ => false,
        };
        if (isShort)
        {
            throw BadPictureException.Damaged("rows are missing");
        }
    }

    /// <summary>
    /// The number of strips that the rows need, times the samples if they are stored separately; 1 for tiles.
    /// </summary>
    private static long StripCount(IReadOnlyDictionary<int, long[]> page)
    {
        long height = First(page, ImageLength, 0);
        long rows = Math.Clamp(First(page, RowsPerStrip, height), 1, Math.Max(1, height));
        long strips = (height + rows - 1) / rows;
        long planes = First(page, PlanarConfiguration, 1) == 2 ? First(page, SamplesPerPixel, 1) : 1;
        return page.ContainsKey(StripOffsets) ? strips * planes : 1;
    }

    private static long PixelBytes(IReadOnlyDictionary<int, long[]> page)
    {
        long[] bits = page.GetValueOrDefault(BitsPerSample, [1]);
        long samples = First(page, SamplesPerPixel, 1);
        long bitsPerPixel = bits.Length == samples ? bits.Sum() : samples * bits[0];
        return First(page, ImageWidth, 0) * First(page, ImageLength, 0) * bitsPerPixel / 8;
    }

    private static long UnpackedLength(byte[] file, long[] offsets, long[] counts, long required)
    {
        long total = 0;
        foreach ((long offset, long count) in offsets.Zip(counts))
        {
            using var packed = new MemoryStream(file, (int)offset, (int)count);
            total += Inflation.Length(packed, required - total);
        }

        return total;
    }

    private static long First(IReadOnlyDictionary<int, long[]> directory, int tag, long missing) =>
        directory.TryGetValue(tag, out long[]? numbers) && numbers.Length > 0 ? numbers[0] : missing;
}
