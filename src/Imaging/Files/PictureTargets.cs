using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Files;

/// <summary>The PNG files in a folder that results are written to, each with the name of its input picture.</summary>
public static class PictureTargets
{
    /// <summary>Returns the files to write, in the order of the pictures.</summary>
    /// <param name="files">The input pictures.</param>
    /// <param name="directory">The folder for the results.</param>
    /// <exception cref="InputException">
    /// Two results would have the same name, or one would overwrite an input picture, through any link or spelling.
    /// </exception>
    public static string[] For(IReadOnlyList<string> files, string directory)
    {
        string[] targets = [.. files.Select(file =>
            Path.Combine(directory, Path.GetFileNameWithoutExtension(file) + ".png"))];
        if (targets.GroupBy(target => target, FileSet.PathComparer).FirstOrDefault(group => group.Count() > 1)
            is { } clash)
        {
            throw new InputException(
                $"several files would be written to '{clash.Key}': give them in separate runs with different folders");
        }

        var pictures = new FileSet(files);
        foreach (string target in targets)
        {
            if (pictures.Find(target) is { } input)
            {
                throw new InputException($"'{input}' would be overwritten; choose another folder for the results");
            }
        }

        if (targets.GroupBy(FileIdentity.OfTarget).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new InputException(
                $"'{same.First()}' and '{same.Last()}' are one file, by a link; choose another folder for the results");
        }

        return targets;
    }
}
