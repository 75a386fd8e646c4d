using System.Text;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Tests;

/// <summary>Frames of YUV4MPEG2 and without headers: samples, colours, headers and what is refused.</summary>
public sealed class Y4mTests
{
    /// <summary>
    /// Catches samples that change on the way through red, green, blue: another matrix, scale or range in one
    /// direction, clipped colours, planes that are exchanged.
    /// </summary>
    [Theory]
    [InlineData("C444", 3)]
    [InlineData("C444 XCOLORRANGE=LIMITED", 3)]
    [InlineData("C444 XCOLORRANGE=FULL", 3)]
    [InlineData("Cmono", 1)]
    [InlineData("Cmono XCOLORRANGE=LIMITED", 1)]
    public void Frames_are_written_as_they_were_read(string format, int channels)
    {
        const int Frames = 3;
        byte[] input = Stream(
            $"YUV4MPEG2 W64 H31 F30000:1001 Ip A4:3 {format}",
            [.. Enumerable.Range(0, Frames).Select(n => Bytes(channels * 64 * 31, n))]);
        using var output = new MemoryStream();

        Y4mReader reader = Y4mReader.Open(new MemoryStream(input));
        var writer = new Y4mWriter(output, reader.Shape, reader);
        float[] values = new float[reader.Shape.Count];
        int count = 0;
        for (; reader.Advance(); count++)
        {
            reader.Decode(values);
            writer.Write(values);
        }

        Assert.Equal(Frames, count);
        Assert.Equal(new Shape(1, channels, 31, 64), reader.Shape);
        Assert.Equal(input, output.ToArray());
    }

    /// <summary>
    /// Catches another matrix (BT.709) or range. The samples are those that ITU-R BT.601 and JFIF give for the primary
    /// colours.
    /// </summary>
    [Theory]
    [InlineData("LIMITED", 235, 128, 128, 1, 1, 1)]
    [InlineData("LIMITED", 16, 128, 128, 0, 0, 0)]
    [InlineData("LIMITED", 81, 90, 240, 1, 0, 0)]
    [InlineData("LIMITED", 145, 54, 34, 0, 1, 0)]
    [InlineData("LIMITED", 41, 240, 110, 0, 0, 1)]
    [InlineData("LIMITED", 210, 16, 146, 1, 1, 0)]
    [InlineData("FULL", 255, 128, 128, 1, 1, 1)]
    [InlineData("FULL", 76, 85, 255, 1, 0, 0)]
    [InlineData("FULL", 150, 44, 21, 0, 1, 0)]
    [InlineData("FULL", 29, 255, 107, 0, 0, 1)]
    public void Colours_are_those_of_the_standard(
        string range, byte y, byte cb, byte cr, float red, float green, float blue)
    {
        byte[] input = Stream($"YUV4MPEG2 W1 H1 C444 XCOLORRANGE={range}", [y, cb, cr]);

        (Y4mReader reader, float[] values) = Decode(input);

        // Half a step of Y′ and of a chroma sample.
        Assert.Equal(red, values[0], 0.01);
        Assert.Equal(green, values[1], 0.01);
        Assert.Equal(blue, values[2], 0.01);
        using var output = new MemoryStream();
        new Y4mWriter(output, reader.Shape, reader).Write([red, green, blue]);
        Assert.Equal([y, cb, cr], output.ToArray()[^3..]);
    }

    /// <summary>Catches a wrong position of chroma samples, or an odd side that is rounded down.</summary>
    [Theory]
    [InlineData("420jpeg", 4, 1, "100 140", "100 110 130 140")]
    [InlineData("420", 4, 1, "100 140", "100 110 130 140")]
    [InlineData("420mpeg2", 4, 1, "100 140", "100 120 140 140")]
    [InlineData("422", 4, 1, "100 140", "100 120 140 140")]
    [InlineData("420jpeg", 3, 1, "100 140", "100 110 130")]
    [InlineData("420mpeg2", 1, 3, "100 140", "100 110 130")]
    [InlineData("422", 1, 3, "100 140 160", "100 140 160")]
    [InlineData("420jpeg", 2, 2, "104", "104 104 104 104")]
    [InlineData("444", 2, 2, "104 108 112 116", "104 108 112 116")]
    public void Chroma_is_interpolated_where_it_lies(string chroma, int width, int height, string samples, string expected)
    {
        byte[] cb = [.. samples.Split(' ').Select(byte.Parse)];
        byte[] neutral = [.. Enumerable.Repeat((byte)128, cb.Length)];
        byte[] luma = [.. Enumerable.Repeat((byte)126, width * height)];
        byte[] input = Stream($"YUV4MPEG2 W{width} H{height} C{chroma}", [.. luma, .. cb, .. neutral]);

        (_, float[] values) = Decode(input);

        // With neutral Cr, red is Y′, and blue is Y′ + 1.772 (Cb − 128)/224.
        int size = width * height;
        IEnumerable<double> actual = Enumerable.Range(0, size)
            .Select(i => Math.Round(128 + 224 * (values[2 * size + i] - values[i]) / 1.772, 3));
        Assert.Equal(expected.Split(' ').Select(double.Parse), actual);
    }

    /// <summary>
    /// Catches a lost rate, aspect or range, and a frame header whose parameters are taken for samples.
    /// </summary>
    [Theory]
    [InlineData("W2 H2 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=LIMITED", 6, 3, "F25:1 Ip A1:1 C444 XCOLORRANGE=LIMITED")]
    [InlineData("W2 H2 C422 I? F24000:1001", 8, 3, "F24000:1001 Ip C444")]
    [InlineData("W2 H2 F50:1", 6, 3, "F50:1 Ip C444")]
    [InlineData("W2 H2 F0:0 A0:0", 6, 3, "F0:0 Ip A0:0 C444")]
    [InlineData("W2 H2 F50:1 Cmono XCOLORRANGE=FULL", 4, 1, "F50:1 Ip Cmono XCOLORRANGE=FULL")]
    [InlineData("W2 H2 F50:1 Cmono", 4, 3, "F50:1 Ip C444 XCOLORRANGE=LIMITED")]
    public void A_header_is_passed_on(string header, int bytes, int channels, string expected)
    {
        byte[] input = [.. Encoding.ASCII.GetBytes($"YUV4MPEG2 {header}\nFRAME I1pp Xown\n"), .. Bytes(bytes, 1)];
        Y4mReader reader = Y4mReader.Open(new MemoryStream(input));
        Assert.True(reader.Advance());
        Assert.False(reader.Advance());
        using var output = new MemoryStream();
        var shape = new Shape(1, channels, 8, 6);

        new Y4mWriter(output, shape, reader).Write(new float[shape.Count]);

        Assert.StartsWith($"YUV4MPEG2 W6 H8 {expected}\nFRAME\n", Encoding.ASCII.GetString(output.ToArray()));
    }

    /// <summary>Catches frames that are read as what they are not, and messages without the fix.</summary>
    [Theory]
    [InlineData("", "the input is empty")]
    [InlineData("YUV4", "-f yuv4mpegpipe")]
    [InlineData("\u0089PNG and more than nine bytes", "-f yuv4mpegpipe")]
    [InlineData("YUV4MPEG2 W2 H2 C444", "its line has no end")]
    [InlineData("YUV4MPEG2 W2\n", "no height")]
    [InlineData("YUV4MPEG2 W2 H0\n", "'0'")]
    [InlineData("YUV4MPEG2 W2 H1e3\n", "'1e3'")]
    [InlineData("YUV4MPEG2 W99999 H99999\n", "too large")]
    [InlineData("YUV4MPEG2 W2 H2 It C444\n", "-vf yadif")]
    [InlineData("YUV4MPEG2 W2 H2 Im C444\n", "-vf yadif")]
    [InlineData("YUV4MPEG2 W2 H2 C444\nFRAME Itti\n0123456789ab", "-vf yadif")]
    [InlineData("YUV4MPEG2 W2 H2 C444\r\n", "CR LF")]
    [InlineData("YUV4MPEG2 W2 H2 F25\n", "'F25' is not a frame rate")]
    [InlineData("YUV4MPEG2 W2 H2 F25:0\n", "'F25:0'")]
    [InlineData("YUV4MPEG2 W2 H2 A1:1:1\n", "'A1:1:1' is not a pixel aspect")]
    [InlineData("YUV4MPEG2 W2 H2 C420p10\n", "-pix_fmt yuv444p")]
    [InlineData("YUV4MPEG2 W2 H2 C444alpha\n", "-pix_fmt yuv444p")]
    [InlineData("YUV4MPEG2 W2 H2 Cmono16\n", "-pix_fmt gray")]
    public void What_cannot_be_read_is_refused_with_the_fix(string input, string expected)
    {
        var failure = Assert.Throws<InputException>(
            () => Y4mReader.Open(new MemoryStream(Encoding.Latin1.GetBytes(input))).Advance());
        Assert.Contains(expected, failure.Message);
    }

    /// <summary>
    /// Catches half a frame that is read as a whole one, or is ignored, and a message without its number.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(17)]
    public void An_incomplete_frame_is_named(int bytes)
    {
        byte[] whole = Stream("YUV4MPEG2 W2 H2 C444", Bytes(12, 1), Bytes(12, 2), Bytes(12, 3));
        const int LastFrame = 18;
        Y4mReader reader = Y4mReader.Open(new MemoryStream(whole[..(whole.Length - LastFrame + bytes)]));
        Assert.True(reader.Advance());
        Assert.True(reader.Advance());
        Assert.Contains("frame 3 ", Assert.Throws<InputException>(() => reader.Advance()).Message);

        var raw = new RawFrameReader(new MemoryStream(Bytes(24 + bytes % 12 + 1, 1)), RawFrameFormat.Rgb24, 2, 2);
        Assert.True(raw.Advance());
        Assert.True(raw.Advance());
        Assert.Contains("frame 3 ", Assert.Throws<InputException>(() => raw.Advance()).Message);
    }

    /// <summary>Catches a frame that is found in the wrong place, where the size differs from the header's.</summary>
    [Fact]
    public void A_frame_that_does_not_start_is_named()
    {
        byte[] input = Stream("YUV4MPEG2 W2 H2 C444", Bytes(13, 1), Bytes(13, 2));
        Y4mReader reader = Y4mReader.Open(new MemoryStream(input));
        Assert.True(reader.Advance());
        Assert.Contains(
            "frame 2 does not start with the line FRAME", Assert.Throws<InputException>(() => reader.Advance()).Message);
    }

    /// <summary>Catches exchanged channels, and values that are not clipped.</summary>
    [Theory]
    [InlineData(RawFrameFormat.Rgb24, 3)]
    [InlineData(RawFrameFormat.Gray8, 1)]
    public void Raw_frames_are_written_as_they_were_read(RawFrameFormat format, int channels)
    {
        byte[] input = Bytes(2 * channels * 15, 7);
        var reader = new RawFrameReader(new MemoryStream(input), format, width: 5, height: 3);
        using var output = new MemoryStream();
        var writer = new RawFrameWriter(output, reader.Shape);
        float[] values = new float[15 * channels];
        while (reader.Advance())
        {
            reader.Decode(values);
            Assert.Equal(input[(int)output.Length + channels - 1] / 255f, values[^15]);
            writer.Write(values);
        }

        Assert.Equal(input, output.ToArray());
        Array.Fill(values, 1.5f);
        values[0] = -0.5f;
        writer.Write(values);
        Assert.Equal([0, 255], output.ToArray()[input.Length..].Distinct());
        Assert.Throws<ShapeException>(() => writer.Write(values.AsSpan(1)));
        Assert.Throws<ShapeException>(() => reader.Decode(values.AsSpan(1)));
    }

    private static (Y4mReader Reader, float[] Values) Decode(byte[] input)
    {
        Y4mReader reader = Y4mReader.Open(new MemoryStream(input));
        float[] values = new float[reader.Shape.Count];
        Assert.True(reader.Advance());
        reader.Decode(values);
        return (reader, values);
    }

    private static byte[] Stream(string header, params byte[][] frames) =>
        [.. Encoding.ASCII.GetBytes(header + "\n"), .. frames.SelectMany(frame => (byte[])[.. "FRAME\n"u8, .. frame])];

    private static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
