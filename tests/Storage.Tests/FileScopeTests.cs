using InfAdmm.Engine;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Storage.Tests;

/// <summary>What holds during a run.</summary>
public sealed class FileScopeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches a scope within another that no longer protects the inputs of the outer one, or never stops.</summary>
    [Fact]
    public void A_scope_adds_its_inputs_to_those_of_the_outer_one()
    {
        string[] files = ["outer", "inner", "free"];
        string[] paths = [.. files.Select(_directory.File)];
        Array.ForEach(paths, path => File.WriteAllText(path, "before"));
        using (var outer = new FileScope([paths[0]], CancellationToken.None))
        {
            using (var inner = new FileScope([paths[1]], CancellationToken.None))
            {
                Parallel.For(0, 2, i => Assert.Throws<InputException>(() => AtomicFile.WriteText(paths[i], "after")));
                AtomicFile.WriteText(paths[2], "after");
            }

            Assert.Throws<InputException>(() => AtomicFile.WriteText(paths[0], "after"));
            AtomicFile.WriteText(paths[1], "after");
        }

        AtomicFile.WriteText(paths[0], "after");
        Assert.All(paths, path => Assert.Equal("after", File.ReadAllText(path)));
    }

    /// <summary>
    /// Catches a search for abandoned files that is repeated for each file, which takes longer than writing it in a folder
    /// with many, and one that leaves out a folder or the next run.
    /// </summary>
    [Fact]
    public void A_folder_is_tidied_once_in_a_run()
    {
        Directory.CreateDirectory(_directory.File("below"));
        using (new FileScope([], CancellationToken.None))
        {
            Assert.True(WriteTidies(_directory.Path));
            Assert.False(WriteTidies(_directory.Path));
            using var inner = new FileScope([], CancellationToken.None);
            Assert.False(WriteTidies(_directory.Path));
            Assert.True(WriteTidies(_directory.File("below")));
        }

        using (new FileScope([], CancellationToken.None))
        {
            Assert.True(WriteTidies(_directory.Path));
        }

        Assert.True(WriteTidies(_directory.Path));
        Assert.True(WriteTidies(_directory.Path));
    }

    private static bool WriteTidies(string folder)
    {
        string abandoned = Path.Combine(folder, ".infadmm-abandoned.tmp");
        File.WriteAllText(abandoned, "half");
        AtomicFile.WriteText(Path.Combine(folder, "a.txt"), "whole");
        return !File.Exists(abandoned);
    }
}
