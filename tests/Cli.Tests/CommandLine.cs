namespace InfAdmm.Cli.Tests;

/// <summary>Runs the command in this process and captures its output.</summary>
internal sealed record CommandLine(int ExitCode, string Out, string Error)
{
    public static CommandLine Run(params string[] args) => Run(CancellationToken.None, args);

    public static CommandLine Run(CancellationToken cancellation, params string[] args)
    {
        var stdout = new StringWriter();
        var stderr = new StringWriter();
        int exitCode = Application.Run(args, stdout, stderr, cancellation);
        return new CommandLine(exitCode, stdout.ToString(), stderr.ToString());
    }

    public string LastErrorLine => Error.TrimEnd().Split('\n')[^1];

    public void AssertUsageError(params string[] mentioned)
    {
        Assert.Equal(Cli.ExitCode.Usage, ExitCode);
        Assert.StartsWith("error: ", LastErrorLine);
        Assert.All(mentioned, text => Assert.Contains(text, LastErrorLine));
        Assert.DoesNotContain("   at ", Error);
        Assert.Empty(Out);
    }
}
