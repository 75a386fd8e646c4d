using InfAdmm.Cli.Archives;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>The record of a shard.</summary>
public sealed class ManifestTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches a manifest that cannot be read after its worker was killed while writing, a line that is added to the
    /// incomplete one, and a complete line that is lost with it.
    /// </summary>
    [Fact]
    public void An_incomplete_last_line_is_ignored_and_removed()
    {
        var manifest = new Manifest(_directory.Path, Shard.Whole);
        manifest.Append(Done("a.png", Noon));
        manifest.Append(Done("b.png", Noon));
        string complete = File.ReadAllText(manifest.Path);
        foreach (int length in (int[])[1, 5, complete.IndexOf('\n'), complete.Length - 1])
        {
            File.WriteAllText(manifest.Path, complete + complete[..length].Replace('\n', ' '));

            Assert.Equal(["a.png", "b.png"], manifest.ReadResults().Keys.Order());
            manifest.Append(Done("c.png", Noon));
            Assert.StartsWith(complete + "{\"entry\":{\"file\":\"c.png\"", File.ReadAllText(manifest.Path));
            Assert.Equal(3, manifest.ReadResults().Count);
        }

        File.WriteAllText(manifest.Path, "{\"entry\"");
        Assert.Empty(manifest.ReadResults());
        manifest.Append(Done("c.png", Noon));
        Assert.Equal(["c.png"], manifest.ReadResults().Keys);
    }

    /// <summary>Catches a line without what every line has, which would be null where the type says that it cannot be.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"entry":{}}""")]
    [InlineData("""{"entry":{"file":"b.png"}}""")]
    [InlineData("""{"run":{}}""")]
    [InlineData("""{"run":{"shard":1,"of":0,"options":"x"}}""")]
    public void A_line_that_lacks_something_is_ignored(string text)
    {
        var manifest = new Manifest(_directory.Path, Shard.Whole);
        manifest.Append(Done("a.png", Noon));
        File.AppendAllText(manifest.Path, text + "\n");

        Assert.Equal(["a.png"], manifest.ReadResults().Keys);
        Assert.Single(manifest.Read());
    }

    /// <summary>Catches lines that workers on one shard write over each other.</summary>
    [Fact]
    public void Several_workers_can_write_one_manifest()
    {
        const int Workers = 4;
        const int Lines = 400;
        Thread[] threads =
        [
            .. Enumerable.Range(0, Workers).Select(worker => new Thread(() =>
            {
                var manifest = new Manifest(_directory.Path, Shard.Whole);
                for (int i = 0; i < Lines; i++)
                {
                    manifest.Append(Done($"{worker}-{i}.png", Noon));
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        while (threads.Any(thread => thread.IsAlive))
        {
            Assert.All(new Manifest(_directory.Path, Shard.Whole).Read(), line => Assert.NotNull(line.Entry));
        }

        Assert.Equal(Workers * Lines, new Manifest(_directory.Path, Shard.Whole).ReadResults().Count);
        Assert.Equal(Workers * Lines, File.ReadAllLines(new Manifest(_directory.Path, Shard.Whole).Path).Length);
    }

    /// <summary>
    /// Catches results that are forgotten when the number of shards changes, or taken from the older of two manifests, and
    /// files of other shards.
    /// </summary>
    [Fact]
    public void The_last_result_counts_whatever_the_number_of_shards()
    {
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"{i}.png")];
        foreach (string name in names)
        {
            new Manifest(_directory.Path, Shard.Whole).Append(Done(name, Noon));
        }

        Shard shard = new(1, 2);
        string own = names.First(shard.Contains);
        var manifest = new Manifest(_directory.Path, shard);
        Assert.Equal(names.Where(shard.Contains).Order(), manifest.ReadResults().Keys.Order());
        manifest.Append(Done(own, Noon.AddHours(-1)));
        Assert.Equal(Noon, manifest.ReadResults()[own].At);
        manifest.Append(Done(own, Noon.AddHours(1)));
        Assert.Equal(Noon.AddHours(1), manifest.ReadResults()[own].At);
        Assert.Equal(Noon.AddHours(1), new Manifest(_directory.Path, Shard.Whole).ReadResults()[own].At);
        manifest.Append(Line(own, FileState.Failed, Noon.AddHours(2)));
        Assert.Equal(Noon.AddHours(1), manifest.ReadResults()[own].At);

        // The clock was set back, or is that of another machine.
        manifest.Append(Done(own, Noon.AddMinutes(30)));
        Assert.Equal(Noon.AddMinutes(30), manifest.ReadResults()[own].At);
    }

    private static ManifestLine Done(string name, DateTimeOffset at) => Line(name, FileState.Done, at);

    private static ManifestLine Line(string name, FileState state, DateTimeOffset at) =>
        new(Entry: new ManifestEntry(name, "hash", "options", "result", 1, state, null, at));
}
