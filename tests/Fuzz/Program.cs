using System.Diagnostics;
using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Fuzz;

// dotnet run -c Release --project tests/Fuzz -- [READER|all] [--seconds N] [--count N] [--seed N]
//
// Feeds damaged files to a reader. A file must be read or refused with InputException, within two seconds of processor
// time and 300 MB, except lossless WebP. Processor time, since a busy machine must not look like a slow reader.
// What goes wrong is kept in a folder that is printed; the exit code is 1 then.
const int MostKept = 20;

string chosen = args.FirstOrDefault(argument => !argument.StartsWith('-')) ?? "all";
double seconds = Option("--seconds", 60);
double count = Option("--count", double.PositiveInfinity);
int seed = (int)Option("--seed", 0);
IReadOnlyList<Reader> all = Reader.All();
Reader[] readers = [.. all.Where(reader => chosen == "all" || reader.Name == chosen)];
if (readers.Length == 0)
{
    Console.Error.WriteLine($"there is no reader '{chosen}': choose all, {string.Join(", ", all.Select(r => r.Name))}");
    return 2;
}

DirectoryInfo scratch = Directory.CreateTempSubdirectory("infadmm-fuzz-");
string kept = Path.Combine(scratch.FullName, "kept");
Directory.CreateDirectory(kept);
int faults = 0;
foreach (Reader reader in readers)
{
    faults += Run(reader, Math.Max(seconds / readers.Length, 0.5));
}

if (faults == 0)
{
    scratch.Delete(recursive: true);
    return 0;
}

Console.WriteLine($"{faults} faults; the files are in {kept}");
return 1;

int Run(Reader reader, double limit)
{
    var random = new Random(seed);
    string file = Path.Combine(scratch.FullName, $"case.{Extension(reader.Name)}");
    long tried = 0;
    long read = 0;
    double slowest = 0;
    long largest = 0;
    int wrong = 0;
    var reasons = new SortedDictionary<string, int>();
    long started = Stopwatch.GetTimestamp();
    while (tried < count && Stopwatch.GetElapsedTime(started).TotalSeconds < limit)
    {
        byte[] mutated = Mutator.Mutate(reader.Seeds[random.Next(reader.Seeds.Count)], random);
        File.WriteAllBytes(file, mutated);
        tried++;
        TimeSpan begun = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long peak = Peak();
        string? fault = null;
        try
        {
            reader.Read(file);
            read++;
        }
        catch (InputException)
        {
            // Refused, as it should be.
        }
        catch (Exception failure)
        {
            fault = $"{failure.GetType().Name}: {failure.Message.Split('\n')[0]}";
        }

        double taken = (Environment.CpuUsage.TotalTime - begun).TotalSeconds;
        long bytes = Math.Max(GC.GetAllocatedBytesForCurrentThread() - allocated, Peak() - peak);
        slowest = Math.Max(slowest, taken);
        largest = Math.Max(largest, bytes);
        fault ??= taken > reader.MostSeconds ? $"took more than {reader.MostSeconds} s" : bytes > reader.MostBytes ? $"allocated more than {reader.MostBytes / 1_000_000} MB" : null;
        if (fault is not null)
        {
            wrong++;
            reasons[fault] = reasons.GetValueOrDefault(fault) + 1;
            if (wrong <= MostKept)
            {
                File.Copy(file, Path.Combine(kept, $"{reader.Name}-{wrong}.{Extension(reader.Name)}"), overwrite: true);
            }
        }
    }

    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{reader.Name,-12} {tried,9:N0} files, {read,9:N0} read, {wrong} faults, slowest {slowest * 1e3:0} ms, ") +
        string.Create(CultureInfo.InvariantCulture, $"most allocated {largest / 1e6:0.0} MB"));
    foreach ((string reason, int times) in reasons)
    {
        Console.WriteLine($"    {times} x {reason}");
    }

    return wrong;
}

// The largest memory that this process has had. Decoders reserve memory outside of the managed heap, too.
static long Peak()
{
    using var process = Process.GetCurrentProcess();
    return process.PeakWorkingSet64;
}

double Option(string name, double byDefault)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : byDefault;
}

static string Extension(string reader) => reader switch
{
    "idx" => "idx-ubyte",
    "kernel" => "csv",
    _ => reader,
};
