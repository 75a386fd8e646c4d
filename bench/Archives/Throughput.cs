using System.Diagnostics;
using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Bench.Archives;

/// <summary>How long the pictures of an archive take, by ways to restore them, in turns.</summary>
internal static class Throughput
{
    public static void Measure(string program, string archive, int count, int single, int rounds)
    {
        string work = Directory.CreateTempSubdirectory("infadmm-archive-").FullName;
        string[] all = FolderDataSet.Find(archive);
        string[] files = [.. all.Where((_, i) => i % (all.Length / count) == 0).Take(count).Select(name => Path.Combine(archive, name))];
        string list = Path.Combine(work, "list.txt");
        File.WriteAllLines(list, files);
        int threads = Environment.ProcessorCount;
        Console.WriteLine($"{files.Length} of {all.Length} pictures of 64×64 to 96×96 pixels, sr4; {Machine.Name}");
        Console.WriteLine();
        Console.WriteLine("| round | way | seconds | pictures per second |");
        Console.WriteLine("|---|---|---|---|");
        var whole = new double[rounds];
        var shards = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            whole[round] = Timed(
                $"one process, {threads} threads", files.Length, round,
                results => Worker.Wait(Worker.Start(program, results, "--list", list, "--threads", $"{threads}")));
            shards[round] = Timed(
                $"{threads} shards as {threads} processes, one thread each", files.Length, round,
                results => Worker.Wait([.. Enumerable.Range(1, threads).Select(i => Worker.Start(
                    program, results, "--list", list, "--threads", "1", "--shard", $"{i}/{threads}"))]));
        }

        string[] sample = [.. files.Where((_, i) => i % (files.Length / single) == 0).Take(single)];
        double calls = Timed(
            $"a call for each picture, {threads} threads", sample.Length, 0,
            results => Array.ForEach(sample, file => Worker.Wait(Worker.Start(program, results, file))));
        Console.WriteLine();
        double one = whole.Min() / files.Length;
        Console.WriteLine($"One process restores {calls / sample.Length / one:0.0} times as many pictures per second as single calls.");
        Console.WriteLine($"Throughput of the shards relative to that of the one process: {whole.Min() / shards.Min():0.00}.");
        Directory.Delete(work, recursive: true);

        double Timed(string way, int pictures, int round, Action<string> restore)
        {
            string results = Path.Combine(work, "restored");
            long started = Stopwatch.GetTimestamp();
            restore(results);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            int written = Directory.GetFiles(results, "*.png", SearchOption.AllDirectories).Length;
            if (written != pictures)
            {
                throw new InvalidOperationException($"{written} of {pictures} pictures were written");
            }

            Directory.Delete(results, recursive: true);
            Console.WriteLine($"| {round + 1} | {way}{(pictures == count ? "" : $" ({pictures} of them)")} | {seconds:0.0} | {pictures / seconds:0.0} |");
            return seconds;
        }
    }
}
