using System.Text;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// A standard stream that may have been closed by the caller, as in <c>infadmm … 2>&amp;-</c>: what is written to it is
/// lost then, and the command goes on. Other failures, such as a full disk, are still thrown.
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

    /// <summary>.NET reports a closed descriptor as a lack of permission.</summary>
    private static void Forgiving(Action write)
    {
        try
        {
            write();
        }
        catch (UnauthorizedAccessException)
        {
            // There is nobody to tell.
        }
    }
}
