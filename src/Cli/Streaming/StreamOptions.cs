using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Cli.Streaming;

/// <summary>The options of <c>stream</c>.</summary>
internal sealed class StreamOptions(OptionBinder options)
{
    private const int LargestSide = 1 << 16;

    private readonly string? _raw = options.Optional(OptionFactory.Choice("--raw",
        "The frames are without headers, in rows of pixels of 3 bytes or 1, instead of YUV4MPEG2.",
        [.. Enum.GetValues<RawFrameFormat>().Select(OptionFactory.NameOf)]));

    private readonly int? _width = options.Optional(OptionFactory.Integer("--width", "W",
        "Width of a frame of --raw, in pixels.", minimum: 1, maximum: LargestSide));

    private readonly int? _height = options.Optional(OptionFactory.Integer("--height", "H",
        "Height of a frame of --raw, in pixels.", minimum: 1, maximum: LargestSide));

    /// <summary>How to restore the frames.</summary>
    public RestorerOptions Restorer { get; } = new(options);

    /// <summary>Whether frames continue from the last one.</summary>
    public bool WarmStart { get; } = options.Flag("--warm-start",
        "Starts each frame from the last one, moved by the shift between them, with --iterations (default: 2); the first " +
        "frame, and those after a scene cut, run at least the trained number.");

    /// <summary>The format of raw frames; null for YUV4MPEG2.</summary>
    /// <exception cref="InputException">The size is missing, or given without a format.</exception>
    public (RawFrameFormat Format, int Width, int Height)? Raw()
    {
        if (_raw is null)
        {
            return _width is null && _height is null
                ? null
                : throw new InputException(
                    "--width and --height are for --raw; the header of YUV4MPEG2 states its size: leave them out");
        }

        return _width is { } width && _height is { } height
            ? (Enum.Parse<RawFrameFormat>(_raw, ignoreCase: true), width, height)
            : throw new InputException("--raw: frames without headers need --width W and --height H");
    }
}
