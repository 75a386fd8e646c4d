using InfAdmm.Cli.Options;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Archives;

/// <summary>The options with which a command works on an archive instead of a few files.</summary>
internal sealed class ArchiveOptions(OptionBinder options)
{
    private readonly string? _shard = options.Optional(OptionFactory.Text($"--{Shard.Parameter}", "I/N",
        "Restores part I of N, of which each file belongs to one by its name; auto takes I and N from a Slurm array, auto/N " +
        "takes I from a Kubernetes Indexed Job."));

    /// <summary>A file that lists pictures, one a line; null for none.</summary>
    public string? List { get; } = options.Optional(OptionFactory.Text("--list", "FILE",
        "Restores the pictures that a text file lists, one a line."));

    /// <summary>Whether only the state of the archive is printed.</summary>
    public bool Status { get; } = options.Flag("--status",
        "Restores nothing: prints what is done, has failed and is left in the folder of --out.");

    /// <summary>Whether an option makes the files an archive.</summary>
    public bool IsGiven => _shard is not null || List is not null;

    /// <summary>The part to work on.</summary>
    /// <param name="note">Called if this process is one of several that would all do the same.</param>
    /// <exception cref="InputException">The option is not valid; the message says why.</exception>
    public Shard ReadShard(Action<string> note)
    {
        if (_shard is { } text)
        {
            return Shard.Parse(text, Environment.GetEnvironmentVariable);
        }

        if (Shard.ArrayVariable(Environment.GetEnvironmentVariable) is { } name)
        {
            note($"{name} is set, but this job restores the whole archive: add --{Shard.Parameter} auto to share it");
        }

        return Shard.Whole;
    }
}
