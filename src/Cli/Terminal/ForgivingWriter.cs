using System.Text;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// The stream of notes and errors. What cannot be written to it, because its disk is full or its reader has gone, is lost:
/// there is nowhere to report that, and the command goes on.
/// </summary>
/// <param name="inner">The stream.</param>
internal sealed class ForgivingWriter(TextWriter inner) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Forgiving(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Forgiving(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) =>
        Forgiving(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Flush() => Forgiving(inner.Flush);

    private static void Forgiving(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // There is nobody to tell.
        }
    }
}
