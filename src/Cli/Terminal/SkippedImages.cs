namespace InfAdmm.Cli.Terminal;

/// <summary>
/// The images of a data set that a command skips: each is named with the reason, even with <c>--quiet</c>, and the
/// command ends with <see cref="ExitCode.Failed"/> after it has done the rest.
/// </summary>
/// <param name="output">Receives the reasons.</param>
internal sealed class SkippedImages(CommandOutput output)
{
    private int _count;

    /// <summary>Reports an image.</summary>
    /// <param name="reason">The image and the reason.</param>
    public void Add(string reason)
    {
        _count++;
        output.Error(reason);
    }

    /// <summary>How the command ends, after its report.</summary>
    public int End()
    {
        if (_count == 0)
        {
            return ExitCode.Done;
        }

        output.Error(_count == 1
            ? "an image was skipped; the reason is above"
            : $"{_count} images were skipped; the reasons are above");
        return ExitCode.Failed;
    }
}
