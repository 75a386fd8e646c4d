using InfAdmm.Engine;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// Work on a list of files, each by itself: one that fails is named with the reason, whatever went wrong, and the others
/// go on. When the command is cancelled, what was done is kept.
/// </summary>
/// <param name="output">Receives progress and reasons.</param>
/// <param name="cancellation">Stops the work after the current file.</param>
/// <param name="memoryOption">The option with which a file needs less memory; null if the command has no such option.</param>
internal sealed class FileRun(CommandOutput output, CancellationToken cancellation, string? memoryOption = null)
{
    private readonly List<Exception> _failures = [];
    private int _count;

    /// <summary>Works on the files.</summary>
    /// <param name="title">Names the work.</param>
    /// <param name="files">The files.</param>
    /// <param name="work">Works on the file with an index; called with a function that reports the fraction done.</param>
    /// <param name="fail">Called with the index and the reason when it failed.</param>
    public void Run(
        string title, IReadOnlyList<string> files, Action<int, Action<double>> work, Action<int, string> fail)
    {
        _count = files.Count;
        output.Progress(title, line =>
        {
            for (int i = 0; i < files.Count && !cancellation.IsCancellationRequested; i++)
            {
                int index = i;
                try
                {
                    work(index, part => line.Update((index + part) / files.Count, files[index]));
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception failure)
                {
                    _failures.Add(failure);
                    string reason = Reason(failure, files[index], memoryOption);
                    output.Error(reason);
                    fail(index, reason);
                }

                // The arrays of a picture are large, and would be kept until several pictures have left theirs.
                GC.Collect();
            }
        });
    }

    /// <summary>How the command ends, after its report.</summary>
    /// <param name="verb">What was not done to the files that failed: "restored".</param>
    /// <exception cref="OperationCanceledException">The command was cancelled.</exception>
    public int End(string verb)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_failures.Count == 0)
        {
            return ExitCode.Done;
        }

        if (_count == 1)
        {
            return _failures[0] is InputException or ShapeException ? ExitCode.Usage : ExitCode.Failed;
        }

        output.Error($"{_failures.Count} of {_count} files were not {verb}; the reasons are above");
        return ExitCode.Failed;
    }

    /// <summary>The reason why a file failed. Errors of reading name the file; the others do not know it.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="file">The file.</param>
    /// <param name="memoryOption">The option that makes a file need less memory; null if no option does.</param>
    public static string Reason(Exception failure, string file, string? memoryOption)
    {
        string message = OutOfMemory.Is(failure) ? OutOfMemory.Describe(failure, memoryOption) : failure.Message;
        string named = message.Contains($"'{file}'", StringComparison.Ordinal) ? message : $"'{file}': {message}";
        return failure is InputException { Parameter: { } parameter } ? $"--{parameter}: {named}" : named;
    }
}
