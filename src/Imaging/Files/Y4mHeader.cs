using System.Text;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Files;

/// <summary>The header of a YUV4MPEG2 stream.</summary>
/// <param name="Width">The width of a frame, in pixels.</param>
/// <param name="Height">The height of a frame, in pixels.</param>
/// <param name="Chroma">How colour is stored.</param>
/// <param name="IsFullRange">Whether samples use the range from 0 to 255; null if the header does not say.</param>
/// <param name="Rate">The frame rate, a fraction such as 30000:1001; null if the header does not say.</param>
/// <param name="Aspect">The width to height of a pixel, such as 1:1; null if the header does not say.</param>
internal sealed record Y4mHeader(
    int Width, int Height, Y4mChroma Chroma, bool? IsFullRange, string? Rate, string? Aspect)
{
    /// <summary>The first word.</summary>
    public const string Magic = "YUV4MPEG2";

    private const string FullRange = "COLORRANGE=FULL";
    private const string LimitedRange = "COLORRANGE=LIMITED";

    /// <summary>The shape of a frame.</summary>
    public Shape Shape => new(1, Chroma.HasColor ? 3 : 1, Height, Width);

    /// <summary>
    /// The conversion of the samples: limited range unless the header says otherwise. Grey samples without a stated
    /// range are in full range, as ffmpeg reads and writes them.
    /// </summary>
    public VideoColor Color => IsFullRange ?? !Chroma.HasColor ? VideoColor.Full : VideoColor.Limited;

    /// <summary>Reads a header.</summary>
    /// <param name="line">Its line, without the end.</param>
    /// <exception cref="InputException">
    /// The header is damaged, or the frames are of a kind that is not read.
    /// </exception>
    public static Y4mHeader Parse(string line)
    {
        if (line.EndsWith('\r'))
        {
            throw Damaged("its line ends with CR LF; pass the stream on as bytes, not as text whose line ends are converted");
        }

        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (int? width, int? height, string? rate, string? aspect, bool? isFull) = (null, null, null, null, null);
        Y4mChroma chroma = Y4mChroma.Default;
        foreach (string word in words.Skip(1))
        {
            string value = word[1..];
            switch (word[0])
            {
                case 'W':
                    width = Side(value);
                    break;
                case 'H':
                    height = Side(value);
                    break;
                case 'F':
                    rate = Ratio(word, "frame rate, such as F30000:1001");
                    break;
                case 'A':
                    aspect = Ratio(word, "pixel aspect, such as A1:1");
                    break;
                case 'I':
                    CheckProgressive(value);
                    break;
                case 'C':
                    chroma = FindChroma(value);
                    break;
                case 'X' when value is FullRange or LimitedRange:
                    isFull = value == FullRange;
                    break;
                default:
                    // Comments, and parameters of later versions.
                    break;
            }
        }

        return width is { } w && height is { } h
            ? new Y4mHeader(w, h, chroma, isFull, rate, aspect)
            : throw Damaged("it has no width (W) or no height (H)");
    }

    /// <summary>Checks the line before a frame, whose parameters may differ from those of the stream.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <exception cref="InputException">The frame is interlaced.</exception>
    public static void CheckFrame(string line)
    {
        // 1, 2 and 3 stand for a progressive frame, shown so many times.
        string? mark = line.Split(' ').Skip(1).FirstOrDefault(word => word.StartsWith('I'));
        if (mark is not null && (mark.Length == 1 || mark[1] is not ('1' or '2' or '3')))
        {
            throw Interlaced($"FRAME {mark}");
        }
    }

    /// <summary>The header as a line of ASCII, with its end.</summary>
    public byte[] ToBytes()
    {
        string range = IsFullRange is { } isFull ? " X" + (isFull ? FullRange : LimitedRange) : "";
        return Encoding.ASCII.GetBytes(FormattableString.Invariant(
            $"{Magic} W{Width} H{Height}{Part(" F", Rate)} Ip{Part(" A", Aspect)} C{Chroma.Name}{range}\n"));

        static string Part(string name, string? value) => value is null ? "" : name + value;
    }

    private static int Side(string text) => StrictNumber.TryParse(text, out int side) && side > 0
        ? side
        : throw Damaged($"'{text}' is not a number of pixels");

    /// <summary>A quotient of two positive numbers, or 0:0 if it is not known.</summary>
    private static string Ratio(string word, string meaning) =>
        word[1..].Split(':') is [var over, var under]
            && StrictNumber.TryParse(over, out int a) && StrictNumber.TryParse(under, out int b)
            && (a > 0 && b > 0 || a == 0 && b == 0)
            ? word[1..]
            : throw Damaged($"'{word}' is not a {meaning}");

    private static void CheckProgressive(string text)
    {
        if (text is not ("p" or "?"))
        {
            throw Interlaced($"I{text}");
        }
    }

    private static InputException Interlaced(string mark) => new(
        $"the frames are interlaced ({mark}), and only whole frames can be restored: deinterlace them with ffmpeg's option " +
        "-vf yadif");

    private static Y4mChroma FindChroma(string name)
    {
        string format = name.StartsWith(Y4mChroma.Mono.Name, StringComparison.Ordinal) ? "gray" : "yuv444p";
        string known = string.Join(", ", Y4mChroma.All.Select(chroma => $"C{chroma.Name}"));
        return Y4mChroma.All.FirstOrDefault(chroma => chroma.Name == name) ?? throw new InputException(
            $"the colour space C{name} is not read, only {known}: convert the frames with ffmpeg's option -pix_fmt {format}");
    }

    private static InputException Damaged(string reason) => new($"the YUV4MPEG2 header is damaged: {reason}");
}
