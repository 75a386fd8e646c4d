using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>
/// Predicts times on a GPU from what the stand-in executes of the PTX and from the machine code of the kernels. Only our own
/// kernels: NVIDIA's libraries have none here. Nothing that this prints was measured.
/// </summary>
internal sealed class CardModel(Card card, IReadOnlyDictionary<string, MachineCode> code, TextWriter text)
{
    private const int Iterations = 3;

    /// <summary>Writes the tables, in Markdown.</summary>
    public void Run()
    {
        KernelCounts.Prepare(card.Multiprocessors);
        using CudaDevice device = CudaDevice.Create(new CudaOptions { UseLibraries = false });
        text.WriteLine($"## Predicted for {card.Name}, not measured");
        foreach (int size in new[] { 2048, 512 })
        {
            WriteOps(device, size);
        }

        WriteIterations(device, 512);
    }

    private void WriteOps(CudaDevice device, int size)
    {
        text.WriteLine();
        text.WriteLine(
            $"| {size}² | bytes per element | µs | limit | memory µs | cache | instructions | shared memory | of the copy's bandwidth |");
        text.WriteLine("|---|---|---|---|---|---|---|---|---|");
        using var scope = new TensorScope(device);
        Tensor[] operands = MemoryOps.Operands(scope, size);
        double? copy = null;
        foreach ((string name, double bytes, Action<Tensor[]> run) in MemoryOps.Create(scope, size))
        {
            device.Synchronize();
            Prediction[] parts = Predict(() =>
            {
                run(operands);
                device.Synchronize();
            });
            double seconds = parts.Sum(part => part.Seconds);
            double perByte = seconds / bytes;
            copy ??= perByte;
            text.WriteLine(
                $"| {name} | {bytes:0.##} | {Micro(seconds)} | {parts.MaxBy(part => part.Seconds).Limit} | " +
                $"{Micro(parts.Sum(part => part.Memory))} | {Micro(parts.Sum(part => part.Cache))} | " +
                $"{Micro(parts.Sum(part => part.Issue))} | {Micro(parts.Sum(part => part.Shared))} | {copy / perByte:0 %} |");
        }
    }

    private void WriteIterations(CudaDevice device, int size)
    {
        text.WriteLine();
        text.WriteLine($"| ADMM iteration, sparse, {size}² | launches | µs | of it starts and meetings of blocks |");
        text.WriteLine("|---|---|---|---|");
        AdmmBySolver.Run(device, size, one =>
        {
            one.Admm.Step();
            device.Synchronize();
            long launches = 0;
            Prediction[] parts = Predict(
                () =>
                {
                    for (int k = 0; k < Iterations; k++)
                    {
                        one.Admm.Step();
                    }

                    device.Synchronize();
                },
                counts => launches += counts.Launches);
            text.WriteLine(
                $"| {one.Solver} | {launches / Iterations} | {Micro(parts.Sum(part => part.Seconds) / Iterations)} | " +
                $"{Micro(parts.Sum(part => part.Fixed) / Iterations)} |");
        });
    }

    private Prediction[] Predict(Action work, Action<KernelCounts>? see = null) =>
    [
        .. KernelCounts.Of(work).Select(counts =>
        {
            see?.Invoke(counts);
            return code.TryGetValue(counts.Kernel, out MachineCode? machine)
                ? card.Predict(counts, machine)
                : throw new InvalidDataException($"the report about the machine code has no kernel '{counts.Kernel}'");
        }),
    ];

    private static string Micro(double seconds) => $"{1e6 * seconds:0.0}";
}
