using InfAdmm.Engine;
using InfAdmm.Mpi;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// A run of a command by all processes that an MPI launcher started, or by this one alone. The first process writes results
/// and progress, the others only errors.
/// </summary>
internal static class SharedRun
{
    // A failure that all processes have alike is reported by the first one, which then ends them. Those that only lost another
    // process leave it more time: it may have failed, and then reports that. Then they take turns, since any may be the lost one.
    private static readonly TimeSpan FirstReports = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LostReports = TimeSpan.FromSeconds(5);
    private const int MostTurns = 4;

    /// <summary>The work of one process.</summary>
    /// <param name="group">All processes.</param>
    /// <param name="output">The output of this one.</param>
    /// <param name="ready">
    /// Call it once, when all that may fail on one process alone has been prepared: if it failed on any, none starts.
    /// </param>
    /// <returns>An exit code from <see cref="ExitCode"/>.</returns>
    public delegate int Work(ProcessGroup group, CommandOutput output, Action ready);

    /// <summary>Refuses to run in several processes, which would all write the same files.</summary>
    /// <param name="command">The command.</param>
    /// <param name="otherwise">What else can be done about it, beginning with a comma; empty for nothing.</param>
    /// <exception cref="InputException">This process was started as one of several.</exception>
    public static void RefuseSeveral(string command, string otherwise = "")
    {
        if (MpiGroup.Launcher is { } launcher)
        {
            throw new InputException(
                $"{launcher} started several processes, and '{command}' runs in one: start it without {launcher}{otherwise}");
        }
    }

    /// <summary>Runs the work in this process, and in the others at the same time.</summary>
    /// <param name="output">The output of the command.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Interrupts the command; the signal of one process ends all.</param>
    /// <returns>The exit code of the process that failed, or <see cref="ExitCode.Done"/>.</returns>
    public static int Run(CommandOutput output, Work work, CancellationToken cancellation)
    {
        MpiGroup? mpi = null;
        using ProcessGroup group = MpiGroup.Join(lost =>
        {
            output.Error(Ending(lost));
            mpi?.Abort(ExitCode.Failed);
        });
        mpi = group as MpiGroup;
        if (mpi is null)
        {
            return work(group, output, () => { });
        }

        output = group.IsFirst ? output : output.Silenced($"process {group.Rank} of {group.Size}: ");
        bool isReady = false;
        try
        {
            int exitCode = work(group, output, () =>
            {
                isReady = true;
                int failed = (int)group.Gather(ExitCode.Done).Max();
                if (failed != ExitCode.Done)
                {
                    throw new OtherProcessFailed(failed);
                }
            });
            return (int)group.Gather(exitCode).Max();
        }
        catch (OtherProcessFailed other)
        {
            return other.ExitCode;
        }
        catch (OperationCanceledException) when (isReady)
        {
            // All processes stopped at the same step, and leaving the group waits for the first one's checkpoint.
            if (group.IsFirst)
            {
                output.Error(cancellation.IsCancellationRequested ? "interrupted" : "interrupted through another process");
            }

            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (!isReady)
        {
            int exitCode = failure is InputException ? ExitCode.Usage : ExitCode.Failed;
            int reporting = Array.FindIndex(group.Gather(exitCode), code => code > 0);
            if (group.IsFirst)
            {
                throw;
            }

            if (group.Rank == reporting)
            {
                output.Error(failure.Message);
            }

            return exitCode;
        }
        catch (Exception failure)
        {
            var lost = failure as ProcessGroupException;
            Thread.Sleep(lost is null
                ? FirstReports * Math.Min(group.Rank, 1)
                : LostReports + FirstReports * Math.Min(group.Rank, MostTurns));
            int exitCode = failure is InputException ? ExitCode.Usage : ExitCode.Failed;
            output.Error(lost is null ? failure.Message : Ending(lost));
            mpi.Abort(exitCode);
            return exitCode;
        }
    }

    private static string Ending(ProcessGroupException lost) =>
        $"{lost.Message}; all processes end; a checkpoint that was written is complete";

    private sealed class OtherProcessFailed(int exitCode) : Exception
    {
        public int ExitCode => exitCode;
    }
}
