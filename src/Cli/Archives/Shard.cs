using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Archives;

/// <summary>
/// One of the parts of an archive that workers share. Which part a file belongs to follows from its name alone, so files
/// that are added or removed move no others.
/// </summary>
/// <param name="Index">The number of the part, from 1.</param>
/// <param name="Count">The number of parts.</param>
internal readonly record struct Shard(int Index, int Count)
{
    /// <summary>The option that names a shard, for messages.</summary>
    public const string Parameter = "shard";

    private const string Automatic = "auto";
    private const int MostShards = 1_000_000;
    private const string SlurmTask = "SLURM_ARRAY_TASK_ID";
    private const string SlurmFirst = "SLURM_ARRAY_TASK_MIN";
    private const string SlurmLast = "SLURM_ARRAY_TASK_MAX";
    private const string SlurmStep = "SLURM_ARRAY_TASK_STEP";
    private const string SlurmCount = "SLURM_ARRAY_TASK_COUNT";
    private const string KubernetesIndex = "JOB_COMPLETION_INDEX";

    /// <summary>The whole archive.</summary>
    public static Shard Whole => new(1, 1);

    /// <summary>Whether it is the whole archive.</summary>
    public bool IsWhole => Count == 1;

    /// <summary>
    /// Reads I/N; or <c>auto</c>, which takes both from the variables of a Slurm array; or <c>auto/N</c>, for the jobs of
    /// Kubernetes, which tell their pods the index only.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="variable">Returns the value of an environment variable; null if it is not set.</param>
    /// <exception cref="InputException">It is not such a text, or the variables do not fit; the message says why.</exception>
    public static Shard Parse(string text, Func<string, string?> variable)
    {
        string[] parts = text.Split('/');
        if (parts is [Automatic])
        {
            return OfArray(variable, count: null);
        }

        if (parts is not [var first, var second] || !TryRead(second, out int count) || count is < 1 or > MostShards)
        {
            throw Refused($"'{text}' is not a part of an archive: write I/N, such as 3/8, {Automatic} or {Automatic}/N");
        }

        return first == Automatic
            ? OfArray(variable, count)
            : TryRead(first, out int index) && index >= 1 && index <= count
                ? new Shard(index, count)
                : throw Refused($"'{text}' is not a part of an archive: the first is 1/{count}, the last {count}/{count}");
    }

    /// <summary>
    /// The name of the variable that says which of several jobs this process is; null if it is none of several.
    /// </summary>
    /// <param name="variable">Returns the value of an environment variable; null if it is not set.</param>
    public static string? ArrayVariable(Func<string, string?> variable) =>
        ((string[])[SlurmTask, KubernetesIndex]).FirstOrDefault(name => !string.IsNullOrEmpty(variable(name)));

    /// <summary>Whether a file belongs to this part.</summary>
    /// <param name="name">The name of the file in the archive.</param>
    public bool Contains(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)Count) == Index - 1;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    private static Shard OfArray(Func<string, string?> variable, int? count) => ArrayVariable(variable) switch
    {
        SlurmTask => OfSlurm(variable, count),
        KubernetesIndex => OfKubernetes(variable, count),
        _ => throw Refused(
            $"neither {SlurmTask} nor {KubernetesIndex} is set, as in a Slurm array or an Indexed Job: write I/N"),
    };

    private static Shard OfSlurm(Func<string, string?> variable, int? count)
    {
        int task = Value(variable, SlurmTask);
        int first = Value(variable, SlurmFirst);
        int last = Value(variable, SlurmLast);
        int tasks = Value(variable, SlurmCount);
        int step = string.IsNullOrEmpty(variable(SlurmStep)) ? 1 : Value(variable, SlurmStep);
        if (step < 1 || tasks is < 1 or > MostShards || (last - first) / step + 1 != tasks || (task - first) % step != 0
            || task < first || task > last)
        {
            throw Refused(
                $"the numbers of this Slurm array are not evenly spaced, so {Automatic} cannot count them: use --array=1-N");
        }

        return count is null || count == tasks
            ? new Shard((task - first) / step + 1, tasks)
            : throw Refused($"{Automatic}/{count}: this Slurm array has {tasks} tasks: write {Automatic}");
    }

    private static Shard OfKubernetes(Func<string, string?> variable, int? count)
    {
        int index = Value(variable, KubernetesIndex);
        int parts = count ?? throw Refused(
            $"Kubernetes does not tell the number of completions: write {Automatic}/N");
        return index < parts
            ? new Shard(index + 1, parts)
            : throw Refused($"{Automatic}/{parts}: {KubernetesIndex} is {index}, but counts from 0 to {parts - 1}");
    }

    private static int Value(Func<string, string?> variable, string name) =>
        TryRead(variable(name) ?? "", out int value)
            ? value
            : throw Refused($"{name} is '{variable(name)}', not a whole number: write I/N");

    /// <summary>Digits only: no sign and no spaces.</summary>
    private static bool TryRead(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static InputException Refused(string message) => new(message) { Parameter = Parameter };
}
