using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>The PNG files that pictures become in a directory, each named after its own.</summary>
public static class PictureTargets
{
    /// <summary>The files, in the order of the pictures.</summary>
    /// <exception cref="InputException">Two would be the same, or one would take the place of its picture.</exception>
    public static string[] For(IReadOnlyList<string> files, string directory)
    {
        string[] targets = [.. files.Select(file =>
            Path.Combine(directory, Path.GetFileNameWithoutExtension(file) + ".png"))];
        if (targets.GroupBy(target => target, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)
            is { } clash)
        {
            throw new InputException(
                $"several files would be written to '{clash.Key}': give them in runs of their own, with other --out");
        }

        for (int i = 0; i < targets.Length; i++)
        {
            if (Path.GetFullPath(targets[i]) == Path.GetFullPath(files[i]))
            {
                throw new InputException($"--out: '{files[i]}' would be overwritten; choose another directory");
            }
        }

        return targets;
    }
}
