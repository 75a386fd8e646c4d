using System.Buffers.Binary;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Reads Netpbm's PBM, PGM and PPM files (P1 to P6). This class is needed because ImageSharp 2 reads their 16-bit
/// samples in the wrong byte order, scales only by integer factors (255 / 100 as 2), and accepts missing pixels.
/// </summary>
internal sealed class PnmFile
{
    private readonly byte[] _file;
    private int _at = 2;

    private PnmFile(byte[] file) => _file = file;

    /// <summary>Whether a file starts like a PNM file.</summary>
    public static bool IsOne(ReadOnlySpan<byte> file) =>
        file.Length > 2 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'6' && IsSpaceOrComment(file[2]);

    /// <summary>Reads a picture.</summary>
    /// <param name="file">The contents of the file.</param>
    /// <param name="maxPixels">The most pixels that are accepted.</param>
    /// <exception cref="BadPictureException">The file is damaged, too large, or contains several pictures.</exception>
    public static Picture Read(byte[] file, long maxPixels)
    {
        var pnm = new PnmFile(file);
        int kind = file[1] - '0';
        bool isBits = kind is 1 or 4;
        int width = pnm.Number();
        int height = pnm.Number();
        int largest = isBits ? 1 : pnm.Number();
        BadPictureException.ThrowIfUnusable(width, height, file.Length, maxPixels);
        if (largest is < 1 or > ushort.MaxValue)
        {
            throw BadPictureException.Damaged($"its largest value {largest} is not between 1 and 65535");
        }

        var shape = new Shape(1, kind is 3 or 6 ? 3 : 1, height, width);
        pnm.SkipOneSpace();
        pnm.CheckLength(kind, shape, largest);
        float[] values = new float[shape.Count];
        pnm.ReadSamples(kind, values, shape, largest);
        pnm.CheckEnd();
        return new Picture(new PlanarImage(values, shape), IsDeep: largest > byte.MaxValue);
    }

    /// <summary>The number of pixels that the header states.</summary>
    /// <exception cref="BadPictureException">The header is damaged.</exception>
    public static long CountPixels(byte[] file)
    {
        var pnm = new PnmFile(file);
        return (long)pnm.Number() * pnm.Number();
    }

    /// <summary>
    /// Checks the length before memory is allocated. In plain files, a bit takes one byte and a number at least two.
    /// </summary>
    private void CheckLength(int kind, Shape shape, int largest)
    {
        long needed = kind switch
        {
            1 => shape.Count,
            2 or 3 => 2 * shape.Count - 1,
            4 => (shape.W + 7L) / 8 * shape.H,
            _ => shape.Count * (largest > byte.MaxValue ? 2 : 1),
        };
        if (_file.Length - _at < needed)
        {
            throw BadPictureException.Damaged("pixels are missing");
        }
    }

    private void ReadSamples(int kind, float[] values, Shape shape, int largest)
    {
        for (int i = 0; i < shape.PlaneSize; i++)
        {
            for (int c = 0; c < shape.C; c++)
            {
                int sample = kind switch
                {
                    1 => 1 - PlainBit(),
                    2 or 3 => Number(),
                    4 => 1 - PackedBit(i % shape.W, shape.W),
                    _ when largest > byte.MaxValue => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2)),
                    _ => Bytes(1)[0],
                };
                if (sample > largest)
                {
                    throw BadPictureException.Damaged($"the value {sample} is above its largest, {largest}");
                }

                values[c * shape.PlaneSize + i] = sample / (float)largest;
            }
        }
    }

    private ReadOnlySpan<byte> Bytes(int count)
    {
        ReadOnlySpan<byte> bytes = _file.AsSpan(_at, count);
        _at += count;
        return bytes;
    }

    /// <summary>
    /// One bit per pixel, 1 for black, starting with the highest bit; each row starts with a new byte.
    /// </summary>
    private int PackedBit(int column, int width)
    {
        int bit = (_file[_at] >> (7 - column % 8)) & 1;
        _at += column % 8 == 7 || column == width - 1 ? 1 : 0;
        return bit;
    }

    private int PlainBit()
    {
        SkipSpaces();
        byte digit = _at < _file.Length ? _file[_at++] : (byte)0;
        return digit is (byte)'0' or (byte)'1'
            ? digit - '0'
            : throw BadPictureException.Damaged("a pixel is neither 0 nor 1, or missing");
    }

    private int Number()
    {
        SkipSpaces();
        long number = 0;
        int start = _at;
        for (; _at < _file.Length && char.IsAsciiDigit((char)_file[_at]); _at++)
        {
            number = number * 10 + _file[_at] - '0';
            if (number > int.MaxValue)
            {
                throw BadPictureException.Damaged("a number in it is too large");
            }
        }

        return _at > start ? (int)number : throw BadPictureException.Damaged("a number is missing");
    }

    private void SkipOneSpace()
    {
        if (_at < _file.Length && IsSpaceOrComment(_file[_at]) && _file[_at] != '#')
        {
            _at++;
        }
    }

    /// <summary>Skips white space, and comments from # to the end of the line.</summary>
    private void SkipSpaces()
    {
        for (bool isComment = false; _at < _file.Length; _at++)
        {
            byte value = _file[_at];
            isComment = value == '#' || (isComment && value is not ((byte)'\n' or (byte)'\r'));
            if (!isComment && !IsSpaceOrComment(value))
            {
                return;
            }
        }
    }

    private void CheckEnd()
    {
        SkipSpaces();
        if (_at < _file.Length)
        {
            throw BadPictureException.SeveralPictures("longer than its picture, so it may hold several");
        }
    }

    private static bool IsSpaceOrComment(byte value) => value is (byte)' ' or (>= 9 and <= 13) or (byte)'#';
}
