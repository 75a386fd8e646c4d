using System.Text;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// Kernels for tests only: result = x − y, and one that writes past the end. planted.ptx is compiled from
/// native/host/planted.cu.
/// </summary>
internal static class Planted
{
    private static readonly KernelId Difference = new("planted", "planted_difference");

    private static readonly Dictionary<string, KernelId> Named = [];

    private static readonly KernelId OutOfRange = new("planted", "planted_out_of_range");

    /// <summary>The module, to plant bugs in a copy.</summary>
    public static string Text
    {
        get
        {
            using Stream resource = typeof(Planted).Assembly.GetManifestResourceStream("planted.ptx")!;
            using var reader = new StreamReader(resource);
            return reader.ReadToEnd();
        }
    }

    public static void Load(CudaDevice device) => device.LoadModule("planted", Encoding.ASCII.GetBytes(Text));

    public static void Subtract(
        this CudaDevice device, Tensor x, Tensor y, Tensor result, int sharedBytes = 0, bool cooperative = false)
    {
        LaunchShape shape = LaunchShape.Elements(x.Count, perThread: 1, maxBlocks: 2) with
        {
            SharedBytes = sharedBytes,
            Cooperative = cooperative,
        };
        device.Launch(Difference, shape, ArgumentsOf(x, y, result));
    }

    /// <summary>Launches one block of 256 threads of a kernel, given its name.</summary>
    public static void LaunchPlanted(this CudaDevice device, string kernel, Tensor x, Tensor y, Tensor result)
    {
        if (!Named.TryGetValue(kernel, out KernelId? id))
        {
            id = new KernelId("planted", kernel);
            Named[kernel] = id;
        }

        device.Launch(id, new LaunchShape(1), ArgumentsOf(x, y, result));
    }

    public static void WriteOutOfRange(this CudaDevice device, Tensor x) =>
        device.Launch(OutOfRange, new LaunchShape(1), ArgumentsOf(x, x, x));

    private static PlantedArguments ArgumentsOf(Tensor x, Tensor y, Tensor result) =>
        new(CudaDevice.Address(x), CudaDevice.Address(y), CudaDevice.Address(result), x.Count);

    private readonly record struct PlantedArguments(
        DevicePointer X, DevicePointer Y, DevicePointer Result, int Count);
}
