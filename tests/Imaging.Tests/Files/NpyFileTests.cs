using System.Text;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        string file = _directory.File("a.npy");
        float[] values = [1, -2, 3e-30f, 4, 5, 6.5f];
        NpyFile.Write(file, values, new Shape(1, 3, 1, 2));
        Assert.Equal(new Shape(1, 3, 1, 2), NpyFile.Read(file).Shape);
        Assert.Equal(values, NpyFile.Read(file).Values);

        NpyFile.WriteMatrix(file, values, 2, 3);
        Assert.Equal(new Shape(1, 1, 2, 3), NpyFile.Read(file).Shape);
        Assert.Equal([file], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void The_file_is_laid_out_as_numpy_does()
    {
        string file = _directory.File("a.npy");
        NpyFile.WriteMatrix(file, [1, 2], 1, 2);
        byte[] bytes = File.ReadAllBytes(file);
        Assert.Equal(128 + 8, bytes.Length);
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, 118, 0], bytes[..10]);
        Assert.Equal(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
            Encoding.ASCII.GetString(bytes, 10, 118).TrimEnd());
        Assert.Equal((byte)'\n', bytes[127]);
    }

    [Theory]
    [InlineData(1, "<f8", new byte[] { 0, 0, 0, 0, 0, 0, 0xf8, 0x3f }, 1.5f)]
    [InlineData(2, "<f4", new byte[] { 0, 0, 0xc0, 0x3f }, 1.5f)]
    [InlineData(3, "<f2", new byte[] { 0, 0x3e }, 1.5f)]
    [InlineData(1, "|u1", new byte[] { 200 }, 200f)]
    [InlineData(1, "|i1", new byte[] { 255 }, -1f)]
    [InlineData(1, "<u2", new byte[] { 0, 255 }, 65280f)]
    [InlineData(1, "<i2", new byte[] { 255, 255 }, -1f)]
    [InlineData(1, "<i4", new byte[] { 254, 255, 255, 255 }, -2f)]
    [InlineData(1, "<i8", new byte[] { 7, 0, 0, 0, 0, 0, 0, 0 }, 7f)]
    [InlineData(1, "|b1", new byte[] { 1 }, 1f)]
    public void All_versions_and_number_types_are_read(int version, string type, byte[] element, float expected)
    {
        string file = Create(Header(version, type, "False", "(1, 2, 1)"), [.. element, .. element]);
        Assert.Equal([expected, expected], NpyFile.Read(file).Values);
        Assert.Equal(new Shape(1, 1, 2, 1), NpyFile.Read(file).Shape);
    }

    [Theory]
    [InlineData("<f4", "True", "(1, 2)", 8, "Fortran")]
    [InlineData(">f4", "False", "(1, 2)", 8, "big-endian")]
    [InlineData("|O", "False", "(1, 2)", 16, "objects")]
    [InlineData("<c8", "False", "(1, 2)", 16, "<c8")]
    [InlineData("<U1", "False", "(1, 2)", 8, "<U1")]
    [InlineData("<f4", "False", "(1, 2)", 7, "7 bytes")]
    [InlineData("<f4", "False", "(1, 2)", 9, "9 bytes")]
    [InlineData("<f4", "False", "(2,)", 8, "(2)")]
    [InlineData("<f4", "False", "()", 4, "()")]
    [InlineData("<f4", "False", "(1, 1, 1, 2)", 8, "(1, 1, 1, 2)")]
    [InlineData("<f4", "False", "(0, 2)", 0, "empty")]
    [InlineData("<f4", "False", "(-1, 2)", 0, "-1")]
    [InlineData("<f4", "False", "(4294967296, 4294967296, 4294967296)", 0, "too large")]
    [InlineData("<f4", "False", "(65536, 65536)", 0, "too large")]
    [InlineData("<f4", "False", "(99999999999999999999, 2)", 0, "99999999999999999999")]
    public void Bad_arrays_are_refused(string type, string fortran, string shape, int bytes, string mention)
    {
        AssertRefused(Create(Header(1, type, fortran, shape), new byte[bytes]), mention);
    }

    [Fact]
    public void Bad_files_are_refused()
    {
        byte[] head = Header(1, "<f4", "False", "(1, 2)");
        AssertRefused(Create([], []), "too early");
        AssertRefused(Create(head[..20], []), "too early");
        AssertRefused(Create(Encoding.ASCII.GetBytes("PK\u0003\u0004 not an array"), []), "begin");
        AssertRefused(Create(Header(4, "<f4", "False", "(1, 2)"), new byte[8]), "version 4");
        AssertRefused(Create([.. head[..6], 2, 0, 255, 255, 255, 255], []), "4294967295");
        AssertRefused(Create([.. head[..10], .. new byte[118]], new byte[8]), "not valid");
        AssertRefused(_directory.File("missing.npy"), "read");
        AssertRefused(_directory.Path, "read");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_are_not_finite_are_refused(float value)
    {
        string file = _directory.File("a.npy");
        NpyFile.WriteMatrix(file, [0, value], 1, 2);
        AssertRefused(file, "element 1");
        AssertRefused(Create(Header(1, "<f8", "False", "(1, 1)"), BitConverter.GetBytes(1e300)), "element 0");
    }

    private static byte[] Header(int version, string type, string fortran, string shape)
    {
        string text = $"{{'descr': '{type}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n";
        byte[] length = BitConverter.GetBytes(text.Length);
        byte[] stored = version == 1 ? length[..2] : length;
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. stored, .. Encoding.ASCII.GetBytes(text)];
    }

    private string Create(byte[] header, byte[] elements)
    {
        string file = _directory.File("bad.npy");
        File.WriteAllBytes(file, [.. header, .. elements]);
        return file;
    }

    private static void AssertRefused(string file, string mention)
    {
        InputException refusal = Assert.Throws<InputException>(() => NpyFile.Read(file));
        Assert.Contains($"'{file}'", refusal.Message);
        Assert.Contains(mention, refusal.Message);
    }
}
