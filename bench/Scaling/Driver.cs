using System.Diagnostics;
using System.Text.Json;

namespace InfAdmm.Bench.Scaling;

/// <summary>Starts the processes of all measurements, one measurement after the other in each round, and prints a table.</summary>
internal static class Driver
{
    private const string Mpirun = "mpirun";

    public static void Run(int steps, int crops, int rounds, bool bound)
    {
        var alone = new List<Measured>();
        var apart = new List<Measured>();
        var pair = new List<Measured>();
        var four = new List<Measured>();
        for (int round = 0; round < rounds; round++)
        {
            alone.AddRange(Collect([Start([])]));
            apart.AddRange(Collect([Start([]), Start([])]));
            pair.AddRange(Collect([Start(Job(2))]));
            if (round == 0)
            {
                four.AddRange(Collect([Start(Job(4))]));
            }
        }

        double one = Median(alone, measured => measured.Step);
        Console.WriteLine();
        Console.WriteLine("| | step, s | of one process alone | MB summed per step | sums, ms | waited for them, ms | hidden | waited in all, ms | sum of one value, µs | of all at once, ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        Print("one process", alone);
        Print("two processes without MPI", apart);
        Print("two processes over MPI", pair);
        Print("four processes over MPI", four);

        string[] Job(int processes) =>
        [
            Mpirun, "--allow-run-as-root", "--oversubscribe", "--bind-to", bound && processes == 2 ? "core" : "none", "-n",
            $"{processes}",
        ];

        Process Start(string[] launcher)
        {
            string[] command =
                [.. launcher, Environment.ProcessPath!, "worker", "--steps", $"{steps}", "--crops", $"{crops}"];
            return Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        }

        void Print(string name, List<Measured> all)
        {
            double step = Median(all, measured => measured.Step);
            double sums = Median(all, measured => measured.Sums);
            double exposed = Median(all, measured => measured.Exposed);
            string shared = all[0].Processes == 1
                ? "– | – | – | – | – | – | –"
                : $"{all[0].Bytes / 1e6:0.00} | {1e3 * sums:0.0} | {1e3 * exposed:0.0} | {100 * (1 - exposed / sums):0} % | " +
                    $"{1e3 * Median(all, measured => measured.Waited):0.0} | {1e6 * Median(all, measured => measured.Latency):0} | {1e3 * Median(all, measured => measured.LargeSum):0.00}";
            Console.WriteLine($"| {name} | {step:0.000} | {100 * one / step:0.0} % | {shared} |");
        }
    }

    private static IEnumerable<Measured> Collect(Process[] processes)
    {
        foreach (Process process in processes)
        {
            using (process)
            {
                string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                process.WaitForExit();
                foreach (string line in lines.Where(line => line.Contains('{')))
                {
                    yield return JsonSerializer.Deserialize<Measured>(line[line.IndexOf('{')..])!;
                }
            }
        }
    }

    private static double Median(List<Measured> all, Func<Measured, double> value) =>
        all.Select(value).Order().ElementAt(all.Count / 2);
}
