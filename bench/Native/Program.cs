using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using InfAdmm.Bench.Native;
using InfAdmm.Bench.Peers.Timing;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

// Restores pictures alternately through this program's own code and through the C library, and prints a table:
//     InfAdmm.Bench.Native LIBRARY [ROUNDS [THREADS]]
// Run normally, it compares the compiler at run time with the one ahead of time; published with NativeAOT for the level of
// the library, it measures what the C interface adds.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length is 0 or > 3)
{
    Console.Error.WriteLine("usage: InfAdmm.Bench.Native LIBRARY [ROUNDS [THREADS]]");
    return 2;
}

int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 31;
int threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 0;
const int Calls = 100_000;
using var device = CpuDevice.Create(threads);
using var restorer = Restorer.Load("sr4", device);
using var native = new NativeRestorer(args[0], "sr4", threads);
string compiled = RuntimeFeature.IsDynamicCodeCompiled ? "at run time" : "ahead of time";
Console.WriteLine($"C#, compiled {compiled}: {device.Name}; C library: {native.Level}");
Console.WriteLine();
Console.WriteLine("| sr4, measured size | C#, ms | C library, ms | C library / C# |");
Console.WriteLine("|---|---|---|---|");
foreach (int side in (int[])[8, 64, 128])
{
    var layout = new PixelLayout(side, side, PixelFormat.Rgb24);
    byte[] measured = new byte[layout.ByteCount];
    new Random(1).NextBytes(measured);
    PixelLayout restoredLayout = restorer.RestoredLayout(layout);
    byte[] restored = new byte[restoredLayout.ByteCount];
    int repeats = Math.Max(1, 64 * 64 / (side * side));
    Measure();
    Interleaved times = Measure();
    Console.WriteLine(
        $"| {side}² | {1e3 * times.Ours:0.000} | {1e3 * times.Peer:0.000} | {times.Ratio:0.000} |");

    Interleaved Measure() => Interleaved.Measure(
        rounds,
        () => Seconds(repeats, () => restorer.Restore(measured, layout, restored, restoredLayout)),
        () => Seconds(repeats, () => native.Restore(measured, side, side, restored)));
}

double call = Seconds(Calls, () => native.RestoredSize(64, 64));
Console.WriteLine();
Console.WriteLine($"A call of infadmm_restored_size, which computes almost nothing: {1e9 * call:0} ns.");
return 0;

static double Seconds(int repeats, Action action)
{
    long start = Stopwatch.GetTimestamp();
    for (int i = 0; i < repeats; i++)
    {
        action();
    }

    return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
}
