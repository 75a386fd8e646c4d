namespace InfAdmm.Bench;

/// <summary>The machine that results are measured on, and the repository.</summary>
internal static class Machine
{
    public static string Name
    {
        get
        {
            const string Path = "/proc/cpuinfo";
            string? line = File.Exists(Path)
                ? File.ReadLines(Path).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                : null;
            string model = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
            return $"{model}, {Environment.ProcessorCount} cores";
        }
    }

    /// <summary>The repository root: the folder that contains InfAdmm.slnx.</summary>
    public static string Root
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "InfAdmm.slnx")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new InvalidOperationException("run this from inside the repository");
        }
    }
}
