using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Tests;

public sealed class PrintableTextTests
{
    /// <summary>Catches control characters of file names and damaged files that reach the terminal.</summary>
    [Theory]
    [InlineData("plain Ünïcode 'a b.png'", "plain Ünïcode 'a b.png'")]
    [InlineData("a\u001b[31mred\a", "a\\u001b[31mred\\u0007")]
    [InlineData("two\r\nlines\n", "two lines")]
    [InlineData("\u202egnp.exe\u009b", "\\u202egnp.exe\\u009b")]
    [InlineData("\0", "\\u0000")]
    public void Control_characters_are_escaped(string text, string expected) =>
        Assert.Equal(expected, PrintableText.Of(text));

    [Fact]
    public void Long_texts_are_cut() => Assert.Equal(4001, PrintableText.Of(new string('x', 1_000_000)).Length);

    /// <summary>Catches notes that end the command when nobody can read them any more.</summary>
    [Fact]
    public void What_stderr_does_not_take_is_lost()
    {
        using var closed = new StreamWriter(new FullStream()) { AutoFlush = true };
        using var forgiving = new ForgivingWriter(closed);
        forgiving.WriteLine("lost");
        forgiving.Flush();
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("disk full");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("disk full");
    }
}
