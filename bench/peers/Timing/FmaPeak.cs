using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>
/// Measures the peak rate of multiply-adds: loops that only use registers, on all threads, with vectors of the device's
/// width. Sampled repeatedly during the run, so that peak and results see the same state of the machine.
/// </summary>
internal sealed class FmaPeak(int threads, SimdWidth width)
{
    private const double Seconds = 0.05;
    private const int Accumulators = 12;
    private const int Inner = 2000;
    private float _sink;

    /// <summary>The best sample, in GFLOP/s, for all threads together.</summary>
    public double Best { get; private set; }

    /// <summary>Takes one sample.</summary>
    public void Sample()
    {
        var rates = new double[threads];
        using var start = new Barrier(threads);
        Thread[] running =
        [
            .. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                rates[i] = width switch
                {
                    SimdWidth.Bits512 => Rate<Fma512, Vector512<float>>(),
                    SimdWidth.Bits256 => Rate<Fma256, Vector256<float>>(),
                    _ => Rate<Fma128, Vector128<float>>(),
                };
            })),
        ];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        Best = Math.Max(Best, rates.Sum());
    }

    /// <summary>Runs the loop on this thread for about the given time at the best rate seen.</summary>
    public void Spend(double seconds)
    {
        if (Best == 0)
        {
            Sample();
        }

        double loop = 2e-9 * Inner * Accumulators * (int)width / 32 / Best;
        for (int i = 0; i < seconds / loop; i++)
        {
            _sink += width switch
            {
                SimdWidth.Bits512 => Loop<Fma512, Vector512<float>>(),
                SimdWidth.Bits256 => Loop<Fma256, Vector256<float>>(),
                _ => Loop<Fma128, Vector128<float>>(),
            };
        }
    }

    private double Rate<F, V>()
        where F : struct, IFma<V>
        where V : struct
    {
        double operations = 0;
        long start = Stopwatch.GetTimestamp();
        double elapsed;
        do
        {
            _sink += Loop<F, V>();
            operations += 2.0 * Inner * Accumulators * Unsafe.SizeOf<V>() / sizeof(float);
            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        while (elapsed < Seconds);

        return operations / elapsed * 1e-9;
    }

    /// <summary>Twelve independent chains: more than latency times number of units on any processor.</summary>
    private static float Loop<F, V>()
        where F : struct, IFma<V>
    {
        V x = F.Create(0.999f);
        V y = F.Create(1e-3f);
        V a = x, b = x, c = x, d = x, e = x, f = x;
        V g = y, h = y, i = y, j = y, k = y, l = y;
        for (int n = 0; n < Inner; n++)
        {
            a = F.MultiplyAdd(a, x, y);
            b = F.MultiplyAdd(b, x, y);
            c = F.MultiplyAdd(c, x, y);
            d = F.MultiplyAdd(d, x, y);
            e = F.MultiplyAdd(e, x, y);
            f = F.MultiplyAdd(f, x, y);
            g = F.MultiplyAdd(g, x, y);
            h = F.MultiplyAdd(h, x, y);
            i = F.MultiplyAdd(i, x, y);
            j = F.MultiplyAdd(j, x, y);
            k = F.MultiplyAdd(k, x, y);
            l = F.MultiplyAdd(l, x, y);
        }

        return F.First(a) + F.First(b) + F.First(c) + F.First(d) + F.First(e) + F.First(f)
            + F.First(g) + F.First(h) + F.First(i) + F.First(j) + F.First(k) + F.First(l);
    }

    private interface IFma<V>
    {
        static abstract V Create(float value);

        static abstract V MultiplyAdd(V a, V b, V c);

        static abstract float First(V value);
    }

    private readonly struct Fma512 : IFma<Vector512<float>>
    {
        public static Vector512<float> Create(float value) => Vector512.Create(value);

        public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
            Vector512.FusedMultiplyAdd(a, b, c);

        public static float First(Vector512<float> value) => value.ToScalar();
    }

    private readonly struct Fma256 : IFma<Vector256<float>>
    {
        public static Vector256<float> Create(float value) => Vector256.Create(value);

        public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
            Vector256.FusedMultiplyAdd(a, b, c);

        public static float First(Vector256<float> value) => value.ToScalar();
    }

    private readonly struct Fma128 : IFma<Vector128<float>>
    {
        public static Vector128<float> Create(float value) => Vector128.Create(value);

        public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
            Vector128.FusedMultiplyAdd(a, b, c);

        public static float First(Vector128<float> value) => value.ToScalar();
    }
}
