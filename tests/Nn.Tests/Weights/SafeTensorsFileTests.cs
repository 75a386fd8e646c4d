using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Nn.Weights;
using InfAdmm.Storage;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Nn.Tests;

public sealed class SafeTensorsFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>A name for the defect, the header, and the number of data bytes that follow.</summary>
    public static TheoryData<string, string, int> BadHeaders => new()
    {
        { "not JSON", "weights", 0 },
        { "JSON cut short", """{"a":""", 0 },
        { "no object", "[1, 2]", 0 },
        { "entry no object", """{"a":1}""", 0 },
        { "no type", """{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4 },
        { "type no string", """{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4 },
        { "wrong type", """{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", 8 },
        { "no shape", """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4 },
        { "shape too small", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8 },
        { "shape too large", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8 },
        { "fractional extent", """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4 },
        { "negative extents", """{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}""", 8 },
        { "extent over int", """{"a":{"dtype":"F32","shape":[4294967296],"data_offsets":[0,0]}}""", 0 },
        {
            "count over long",
            """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", 4
        },
        {
            "bytes over long",
            """{"a":{"dtype":"F32","shape":[1073741824,1073741824,4],"data_offsets":[0,0]}}""", 0
        },
        { "no offsets", """{"a":{"dtype":"F32","shape":[1]}}""", 4 },
        { "one offset", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4 },
        { "offsets of text", """{"a":{"dtype":"F32","shape":[1],"data_offsets":["0","4"]}}""", 4 },
        { "negative offset", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4 },
        { "reversed offsets", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4 },
        { "least offset", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,-9223372036854775808]}}""", 4 },
        { "offset beyond the data", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 8 },
        { "data cut short", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7 },
        { "metadata no text", """{"__metadata__":{"steps":7}}""", 0 },
        { "metadata no object", """{"__metadata__":"steps"}""", 0 },
        {
            "overlap",
            """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}
            """, 12
        },
        {
            "gap",
            """
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}
            """, 12
        },
        { "bytes after the last array", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8 },
        {
            "one name twice",
            """
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
            """, 4
        },
    };

    private static WeightSet Sample => new(
        new Dictionary<string, WeightArray>
        {
            ["z.first"] = new([2, 1, 3], [1, -2, 3.5f, float.Epsilon, float.NaN, float.NegativeInfinity]),
            ["a.second \"quoted\" ρ"] = new([1], [7]),
            ["scalar"] = new([], [-0f]),
        },
        new Dictionary<string, string> { ["seed"] = "3", ["architecture"] = "größer < \"linear\"" });

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_saved_is_loaded_and_saved_again_byte_by_byte()
    {
        string path = _directory.File("weights.safetensors");
        SafeTensorsFile.Save(path, Sample);

        WeightSet loaded = SafeTensorsFile.Load(path);

        Assert.Equal(Sample.Metadata.OrderBy(entry => entry.Key), loaded.Metadata.OrderBy(entry => entry.Key));
        Assert.Equal(Sample.Arrays.Keys, loaded.Arrays.Keys);
        foreach ((string name, WeightArray array) in Sample.Arrays)
        {
            Assert.Equal(array.Shape, loaded.Arrays[name].Shape);
            Assert.Equal(Bits(array.Values), Bits(loaded.Arrays[name].Values));
        }

        string copy = _directory.File("copy.safetensors");
        SafeTensorsFile.Save(copy, loaded);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(copy));
    }

    [Fact]
    public void The_bytes_are_laid_out_as_the_format_says()
    {
        byte[] bytes = SafeTensorsFile.ToBytes(Sample);

        int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.Equal((byte)'{', bytes[8]);
        Assert.Equal(0, (8 + length) % 8);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        byte[] data = bytes[(8 + length)..];
        Assert.Equal("3", header.RootElement.GetProperty("__metadata__").GetProperty("seed").GetString());
        Assert.Equal(4, header.RootElement.EnumerateObject().Count());
        int expectedStart = 0;
        foreach ((string name, WeightArray array) in Sample.Arrays)
        {
            JsonElement entry = header.RootElement.GetProperty(name);
            Assert.Equal("F32", entry.GetProperty("dtype").GetString());
            Assert.Equal(array.Shape, entry.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()));
            JsonElement place = entry.GetProperty("data_offsets");
            int[] offsets = [.. place.EnumerateArray().Select(offset => offset.GetInt32())];
            Assert.Equal([expectedStart, expectedStart + 4 * array.Values.Length], offsets);
            for (int i = 0; i < array.Values.Length; i++)
            {
                uint bits = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(offsets[0] + 4 * i));
                Assert.Equal(BitConverter.SingleToUInt32Bits(array.Values[i]), bits);
            }

            expectedStart = offsets[1];
        }

        Assert.Equal(expectedStart, data.Length);
    }

    [Fact]
    public void Files_of_other_writers_are_read()
    {
        // Without metadata and alignment, with arrays listed in another order than stored, and one empty array.
        const string header = """
            {"b":{"shape":[1,2],"data_offsets":[4,12],"dtype":"F32"},
            "none":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},
            "a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}
            """;
        byte[] data = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 192];

        var file = SafeTensorsFile.Parse(
            [.. Prefix(header.Length), .. Encoding.UTF8.GetBytes(header), .. data], "file");

        Assert.Empty(file.Metadata);
        Assert.Equal([1], file.Arrays["a"].Values);
        Assert.Equal([2, -3], file.Arrays["b"].Values);
        Assert.Equal([1, 2], file.Arrays["b"].Shape);
        Assert.Empty(file.Arrays["none"].Values);
    }

    /// <summary>Catches half values that are cut instead of rounded, or read or written as something else.</summary>
    [Fact]
    public void Half_precision_is_read_and_written()
    {
        const string header = """{"a":{"dtype":"F16","shape":[5],"data_offsets":[0,10]}} """;
        byte[] data = [0x00, 0x3C, 0x00, 0xC0, 0xFF, 0x7B, 0x01, 0x00, 0x55, 0x35];
        byte[] bytes = [.. Prefix(header.Length), .. Encoding.UTF8.GetBytes(header), .. data];

        WeightArray read = SafeTensorsFile.Parse(bytes, "file").Arrays["a"];

        Assert.Equal([1, -2, 65504, 1 / 16777216f, 0.333251953125f], read.Values);
        byte[] written = SafeTensorsFile.ToBytes(new(new Dictionary<string, WeightArray> { ["a"] = read }, Sample.Metadata));
        Assert.Equal(data, written[^10..]);

        var single = new WeightArray([5], [1, -2, 65504, 1 / 16777216f, 1 / 3f]);
        Assert.Equal(read.Values, single.Rounded().Values);
        Assert.True(single.Rounded().IsHalf && !single.IsHalf);
        var tooLarge = new WeightArray([1], [65536]);
        Assert.Same(tooLarge, tooLarge.Rounded());
    }

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Bad_headers_are_refused(string defect, string header, int dataLength)
    {
        Assert.NotEmpty(defect);
        AssertRefused([.. Prefix(header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(100)]
    [InlineData(100_000_001)]
    [InlineData((long)int.MaxValue + 1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Impossible_header_lengths_are_refused(long length)
    {
        AssertRefused([.. Prefix(length), .. "{}      "u8]);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] whole = SafeTensorsFile.ToBytes(Sample);
        for (int length = 0; length < whole.Length; length++)
        {
            InputException refusal = Assert.Throws<InputException>(
                () => SafeTensorsFile.Parse(whole.AsSpan(0, length), "the file"));
            Assert.Contains("the file", refusal.Message);
        }

        AssertRefused([]);
        AssertRefused(whole[..^1]);
    }

    [Fact]
    public void Missing_files_and_directories_are_refused_by_name()
    {
        string missing = _directory.File("missing.safetensors");
        Assert.Contains(missing, Assert.Throws<InputException>(() => SafeTensorsFile.Load(missing)).Message);
        string path = _directory.Path;
        Assert.Contains(path, Assert.Throws<InputException>(() => SafeTensorsFile.Load(path)).Message);
    }

    [Fact]
    public void Saving_replaces_the_file_and_leaves_no_other()
    {
        string path = _directory.File("weights.safetensors");
        File.WriteAllText(path, "what was there before, longer than what comes" + new string('.', 10_000));

        SafeTensorsFile.Save(path, Sample);

        Assert.Equal(SafeTensorsFile.ToBytes(Sample), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void Saving_where_nothing_can_be_written_is_refused_and_leaves_nothing()
    {
        string path = _directory.File("missing/weights.safetensors");
        Assert.Contains(path, Assert.Throws<InputException>(() => SafeTensorsFile.Save(path, Sample)).Message);

        string occupied = _directory.File("occupied");
        Directory.CreateDirectory(occupied);
        Assert.Contains(occupied, Assert.Throws<InputException>(() => SafeTensorsFile.Save(occupied, Sample)).Message);
        Assert.Equal([occupied], Directory.GetFileSystemEntries(_directory.Path));
    }

    /// <summary>Catches a separate writer that does not use <see cref="AtomicFile"/>, which keeps links.</summary>
    [Fact]
    public void Saving_through_a_link_keeps_the_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string path = _directory.File("weights.safetensors");
        string link = _directory.File("link.safetensors");
        File.WriteAllText(path, "old");
        File.CreateSymbolicLink(link, path);

        SafeTensorsFile.Save(link, Sample);

        Assert.Equal(SafeTensorsFile.ToBytes(Sample), File.ReadAllBytes(path));
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    /// <summary>Catches a temporary file whose name is longer than the target's.</summary>
    [Fact]
    public void The_longest_name_can_be_saved_to()
    {
        string path = _directory.File(new string('w', 255));
        SafeTensorsFile.Save(path, Sample);
        Assert.Equal(SafeTensorsFile.ToBytes(Sample), File.ReadAllBytes(path));
    }

    private static byte[] Prefix(long length)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, length);
        return prefix;
    }

    private static uint[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToUInt32Bits);

    private void AssertRefused(byte[] bytes)
    {
        string path = _directory.File("bad.safetensors");
        File.WriteAllBytes(path, bytes);
        Assert.Contains(path, Assert.Throws<InputException>(() => SafeTensorsFile.Load(path)).Message);
    }
}
