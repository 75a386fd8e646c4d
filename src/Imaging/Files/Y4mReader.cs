using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Reads YUV4MPEG2, the frames that ffmpeg writes with <c>-f yuv4mpegpipe</c>: 8-bit grey, 4:2:0, 4:2:2 and 4:4:4, not
/// interlaced, by ITU-R BT.601. Chroma is interpolated linearly.
/// </summary>
public sealed class Y4mReader : IFrameReader
{
    private const int LongestLine = 4096;

    private static readonly byte[] FrameMagic = "FRAME"u8.ToArray();

    private readonly FrameInput _input;
    private readonly byte[] _line = new byte[LongestLine];
    private readonly ChromaAxis? _rows;
    private readonly ChromaAxis? _columns;
    private readonly float[] _cb;
    private readonly float[] _cr;
    private byte[] _bytes = [];

    private Y4mReader(FrameInput input, Y4mHeader header)
    {
        _input = input;
        Header = header;
        if (header.Chroma is { HasColor: true } chroma)
        {
            _rows = new ChromaAxis(header.Height, chroma.Down, isCosited: false);
            _columns = new ChromaAxis(header.Width, chroma.Across, chroma.IsCosited);
        }

        _cb = new float[_columns?.Samples ?? 0];
        _cr = new float[_cb.Length];
    }

    /// <inheritdoc/>
    public Shape Shape => Header.Shape;

    /// <summary>The header of the stream.</summary>
    internal Y4mHeader Header { get; }

    /// <summary>Reads the header of a stream.</summary>
    /// <param name="stream">The input. The caller keeps ownership.</param>
    /// <param name="maxPixels">
    /// The most pixels of a frame that are accepted; null for <see cref="ImageFile.DefaultMaxPixels"/>.
    /// </param>
    /// <exception cref="InputException">
    /// The stream is empty or not YUV4MPEG2, or its frames are too large or of a kind that is not read. The message
    /// says how to fix it.
    /// </exception>
    public static Y4mReader Open(Stream stream, long? maxPixels = null)
    {
        var input = new FrameInput(stream);
        Span<byte> line = stackalloc byte[LongestLine];
        Span<byte> start = line[..Y4mHeader.Magic.Length];
        int read = input.ReadStart(start);
        if (read == 0)
        {
            throw new InputException("the input is empty: there are no frames to restore");
        }

        if (Encoding.ASCII.GetString(start[..read]) != Y4mHeader.Magic)
        {
            throw new InputException(
                $"the input is not {Y4mHeader.Magic}: let ffmpeg write it with its option -f yuv4mpegpipe, or state the " +
                "format and the size of frames without headers")
            {
                Parameter = "raw",
            };
        }

        int length = input.ReadLine(line);
        if (length < 0 || length > line.Length)
        {
            throw new InputException($"the {Y4mHeader.Magic} header is damaged: its line has no end");
        }

        var header = Y4mHeader.Parse(Y4mHeader.Magic + Encoding.ASCII.GetString(line[..length]));
        long most = maxPixels ?? ImageFile.DefaultMaxPixels;
        return (long)header.Width * header.Height <= most
            ? new Y4mReader(input, header)
            : throw new InputException(
                $"frames of {header.Width}x{header.Height} are too large: at most {most} pixels are accepted");
    }

    /// <inheritdoc/>
    public bool Advance()
    {
        int length = _input.ReadLine(_line);
        if (length < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> line = _line.AsSpan(0, Math.Min(length, _line.Length));
        bool isFrame = length <= _line.Length && line.StartsWith(FrameMagic)
            && (length == FrameMagic.Length || line[FrameMagic.Length] == ' ');
        if (!isFrame)
        {
            throw new InputException(
                $"frame {_input.Frames + 1} does not start with the line FRAME: the input is incomplete or damaged, or its " +
                "frames have another size than its header says");
        }

        if (line.Length > FrameMagic.Length)
        {
            Y4mHeader.CheckFrame(Encoding.ASCII.GetString(line));
        }

        if (_bytes.Length == 0)
        {
            long chroma = _rows is null ? 0 : 2L * _rows.Samples * _columns!.Samples;
            _bytes = new byte[Shape.PlaneSize + chroma];
        }

        return _input.ReadFrame(_bytes, mayEnd: false);
    }

    /// <inheritdoc/>
    public void Decode(Span<float> values)
    {
        FrameShape.Check(Shape, values.Length);
        VideoColor color = Header.Color;
        if (_rows is null)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = color.Grey(_bytes[i]);
            }

            return;
        }

        for (int row = 0; row < Shape.H; row++)
        {
            DecodeRow(row, color, values);
        }
    }

    private void DecodeRow(int row, VideoColor color, Span<float> values)
    {
        (int width, int size) = (Shape.W, Shape.PlaneSize);
        ChromaAxis columns = _columns!;
        Interpolate(row, size, _cb);
        Interpolate(row, size + _rows!.Samples * columns.Samples, _cr);
        ReadOnlySpan<byte> luma = _bytes.AsSpan(row * width, width);
        Span<float> red = values.Slice(row * width, width);
        Span<float> green = values.Slice(size + row * width, width);
        Span<float> blue = values.Slice(2 * size + row * width, width);
        for (int j = 0; j < width; j++)
        {
            (int first, int second, float weight) = (columns.First[j], columns.Second[j], columns.Weight[j]);
            (red[j], green[j], blue[j]) = color.Decode(
                luma[j], _cb[first] + weight * (_cb[second] - _cb[first]), _cr[first] + weight * (_cr[second] - _cr[first]));
        }
    }

    /// <summary>Interpolates a row of chroma samples between the rows of their plane.</summary>
    private void Interpolate(int row, int plane, float[] samples)
    {
        ReadOnlySpan<byte> first = _bytes.AsSpan(plane + _rows!.First[row] * samples.Length, samples.Length);
        ReadOnlySpan<byte> second = _bytes.AsSpan(plane + _rows.Second[row] * samples.Length, samples.Length);
        float weight = _rows.Weight[row];
        for (int j = 0; j < samples.Length; j++)
        {
            samples[j] = first[j] + weight * (second[j] - first[j]);
        }
    }
}
