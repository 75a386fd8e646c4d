using InfAdmm.Cli.Archives;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Tests;

/// <summary>Which files belong to a shard, and which shard a job is.</summary>
public sealed class ShardTests
{
    /// <summary>
    /// Catches a file that belongs to no shard or to two, shards of very different size, and a hash that depends on the
    /// process.
    /// </summary>
    [Fact]
    public void A_file_belongs_to_one_shard_by_its_name()
    {
        string[] names = [.. Enumerable.Range(0, 4000).Select(i => $"scans/{i / 100}/{i}.png")];
        Shard[] shards = [.. Enumerable.Range(1, 8).Select(i => new Shard(i, 8))];

        Assert.All(names, name => Assert.Single(shards, shard => shard.Contains(name)));
        Assert.All(shards, shard => Assert.InRange(names.Count(shard.Contains), 400, 600));
        Assert.All(names, name => Assert.True(Shard.Whole.Contains(name)));

        // By another program: the first eight bytes of SHA-256, in big-endian order, modulo 8.
        Assert.True(new Shard(1, 8).Contains("a.png"));
        Assert.True(new Shard(4, 8).Contains("scans/1950/b.jpg"));
        Assert.True(new Shard(6, 8).Contains("ä.png"));
    }

    /// <summary>Catches counting from 0, and texts that are read though they mean nothing.</summary>
    [Fact]
    public void Shards_are_counted_from_one()
    {
        Assert.Equal(new Shard(1, 4), Parse("1/4"));
        Assert.Equal(new Shard(4, 4), Parse("4/4"));
        foreach (string text in (string[])["0/4", "5/4"])
        {
            Assert.Contains($"'{text}' is not a part of an archive: the first is 1/4, the last 4/4", Refusal(text));
        }

        foreach (string text in (string[])["a/b", "1", "1/0", "1/2/3", "/4", "1/", "-1/4", "+1/4", " 1/4", "1/4.0", "", "1/9999999999"])
        {
            Assert.Contains($"'{text}' is not a part of an archive", Refusal(text));
        }
    }

    /// <summary>Catches an array that starts at another number than 0, or has steps, and is counted wrongly.</summary>
    [Theory]
    [InlineData("0", "0", "7", "8", null, 1)]
    [InlineData("7", "0", "7", "8", "1", 8)]
    [InlineData("1", "1", "8", "8", "1", 1)]
    [InlineData("8", "1", "8", "8", "1", 8)]
    [InlineData("5", "1", "7", "4", "2", 3)]
    [InlineData("12", "10", "13", "4", "", 3)]
    public void A_task_of_a_slurm_array_is_a_shard(
        string task, string first, string last, string count, string? step, int expected)
    {
        var expectedShard = new Shard(expected, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(expectedShard, Parse("auto", Slurm(task, first, last, count, step)));
        Assert.Equal(expectedShard, Parse($"auto/{count}", Slurm(task, first, last, count, step)));
        Assert.Contains("write auto", Refusal("auto/99", Slurm(task, first, last, count, step)));
    }

    /// <summary>Catches arrays of which some shards would be restored by no task, or two by one.</summary>
    [Theory]
    [InlineData("9", "1", "9", "4", "1")]
    [InlineData("2", "1", "7", "4", "2")]
    [InlineData("0", "1", "8", "8", "1")]
    [InlineData("1", "1", "8", "0", "1")]
    [InlineData("1", "1", "8", "8", "0")]
    public void Arrays_that_cannot_be_counted_are_refused(string task, string first, string last, string count, string step)
    {
        Assert.Contains("--array=1-N", Refusal("auto", Slurm(task, first, last, count, step)));
    }

    /// <summary>Catches an index of Kubernetes that is counted from 1, and a number of pods that is guessed.</summary>
    [Fact]
    public void A_pod_of_an_indexed_job_is_a_shard()
    {
        Assert.Equal(new Shard(1, 3), Parse("auto/3", ("JOB_COMPLETION_INDEX", "0")));
        Assert.Equal(new Shard(3, 3), Parse("auto/3", ("JOB_COMPLETION_INDEX", "2")));
        Assert.Contains("from 0 to 2", Refusal("auto/3", ("JOB_COMPLETION_INDEX", "3")));
        Assert.Contains("write auto/N", Refusal("auto", ("JOB_COMPLETION_INDEX", "0")));
        Assert.Contains("JOB_COMPLETION_INDEX is 'x'", Refusal("auto/3", ("JOB_COMPLETION_INDEX", "x")));
    }

    /// <summary>Catches a job outside of an array that takes itself for the whole archive, or for its first shard.</summary>
    [Fact]
    public void Without_an_array_there_is_no_automatic_shard()
    {
        Assert.Contains("SLURM_ARRAY_TASK_ID", Refusal("auto"));
        Assert.Contains("JOB_COMPLETION_INDEX", Refusal("auto/4"));
        Assert.Null(Shard.ArrayVariable(_ => ""));
    }

    private static (string, string)[] Slurm(string task, string first, string last, string count, string? step) =>
    [
        ("SLURM_ARRAY_TASK_ID", task), ("SLURM_ARRAY_TASK_MIN", first), ("SLURM_ARRAY_TASK_MAX", last),
        ("SLURM_ARRAY_TASK_COUNT", count), .. step is null ? Array.Empty<(string, string)>() : [("SLURM_ARRAY_TASK_STEP", step)],
    ];

    private static Shard Parse(string text, params (string Name, string Value)[] variables) =>
        Shard.Parse(text, name => variables.FirstOrDefault(variable => variable.Name == name).Value);

    private static string Refusal(string text, params (string Name, string Value)[] variables)
    {
        InputException refusal = Assert.Throws<InputException>(() => Parse(text, variables));
        Assert.Equal("shard", refusal.Parameter);
        return refusal.Message;
    }
}
