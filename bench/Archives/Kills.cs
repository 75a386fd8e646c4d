using System.Diagnostics;
using System.Text.Json;

namespace InfAdmm.Bench.Archives;

/// <summary>
/// The workers of two shards are killed at random moments and started again. Then all pictures must be there, each
/// recorded as restored once, and equal byte for byte to those of a run that nothing disturbed.
/// </summary>
internal static class Kills
{
    // One iteration instead of four: what is tested is not the loop.
    private static readonly string[] Quick = ["--iterations", "1"];

    private static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(1);

    public static int Run(string program, string archive, int kills, int seed)
    {
        string work = Directory.CreateTempSubdirectory("infadmm-archive-").FullName;
        string disturbed = Path.Combine(work, "disturbed");
        string undisturbed = Path.Combine(work, "undisturbed");
        var random = new Random(seed);
        var lengths = new long[2];
        Process[] workers = [Start(0), Start(1)];
        int inWork = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            // It has begun to skip what is done, and is killed then or while it restores what is left.
            int index = random.Next(workers.Length);
            SpinWait.SpinUntil(() => workers[index].HasExited || Length(index) > lengths[index], LongestStart);
            Thread.Sleep(LongestWork * random.NextDouble());
            inWork += workers[index].HasExited ? 0 : 1;
            workers[index].Kill();
            workers[index].WaitForExit();
            workers[index].Dispose();
            workers[index] = Start(index);
        }

        Worker.Wait(workers);
        Worker.Wait(Worker.Start(program, undisturbed, [archive, .. Quick]));
        string[] expected = Files(undisturbed);
        string[] found = Files(disturbed);
        string[] lost = [.. expected.Except(found)];
        string[] excess = [.. found.Except(expected)];
        int different = expected.Intersect(found).Count(name =>
            !File.ReadAllBytes(Path.Combine(undisturbed, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(disturbed, name))));
        ILookup<string, string> restored = Restored(disturbed);
        int twice = restored.Count(file => file.Distinct().Count() > 1);
        Console.WriteLine(
            $"{expected.Length} pictures, two shards, {kills} kills, {inWork} of them of workers that had not ended: " +
            $"{lost.Length} lost, {excess.Length} other files, {different} different from the undisturbed run, " +
            $"{twice} recorded as restored twice, {expected.Length - restored.Count} not recorded");
        Directory.Delete(work, recursive: true);
        return lost.Length + excess.Length + different + twice == 0 && restored.Count == expected.Length ? 0 : 1;

        Process Start(int index)
        {
            lengths[index] = Length(index);
            return Worker.Start(program, disturbed, [archive, .. Quick, "--threads", "1", "--shard", $"{index + 1}/2"]);
        }

        long Length(int index)
        {
            var manifest = new FileInfo(Path.Combine(disturbed, $"manifest-{index + 1}-of-2.jsonl"));
            return manifest.Exists ? manifest.Length : 0;
        }
    }

    /// <summary>All files, also hidden ones, without the manifests and the page of an archive that is not shared.</summary>
    private static string[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(folder, file))
            .Where(name => !name.StartsWith("manifest-", StringComparison.Ordinal) && name != "report.html"),
    ];

    /// <summary>For each file, when it was restored; what a later run skips is recorded again with the same time.</summary>
    private static ILookup<string, string> Restored(string folder) => Directory.GetFiles(folder, "manifest-*.jsonl")
        .SelectMany(File.ReadLines)
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(line => line.TryGetProperty("entry", out _))
        .Select(line => line.GetProperty("entry"))
        .Where(entry => entry.GetProperty("state").GetString() == "done")
        .ToLookup(entry => entry.GetProperty("file").GetString()!, entry => entry.GetProperty("at").GetString()!);
}
