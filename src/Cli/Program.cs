using System.Runtime.InteropServices;
using InfAdmm.Cli.Terminal;
using InfAdmm.Storage;

namespace InfAdmm.Cli;

/// <summary>The <c>infadmm</c> command.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var interrupted = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, interrupted);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, interrupted);
        if (!StandardStreams.IsOpen(1))
        {
            Console.SetOut(TextWriter.Null);
        }

        Console.SetError(StandardStreams.IsOpen(2) ? new ForgivingWriter(Console.Error) : TextWriter.Null);
        return Application.Run(args, Console.Out, Console.Error, interrupted.Token);
    }

    /// <summary>
    /// The first signal cancels the command, which leaves its files complete; the second one ends the process at once.
    /// </summary>
    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource source)
    {
        return PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = !source.IsCancellationRequested;
            source.Cancel();
        });
    }
}
