using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>A kernel of the tests' own: result = x − y. planted.ptx is compiled from native/host/planted.cu.</summary>
internal static class Planted
{
    private static readonly KernelId Difference = new("planted", "planted_difference");

    public static void Load(CudaDevice device)
    {
        using Stream resource = typeof(Planted).Assembly.GetManifestResourceStream("planted.ptx")!;
        var ptx = new byte[resource.Length];
        resource.ReadExactly(ptx);
        device.LoadModule("planted", ptx);
    }

    public static void Subtract(
        this CudaDevice device, Tensor x, Tensor y, Tensor result, int sharedBytes = 0, bool cooperative = false)
    {
        LaunchShape shape = LaunchShape.Elements(x.Count, perThread: 1, most: 2) with
        {
            SharedBytes = sharedBytes,
            Cooperative = cooperative,
        };
        device.Launch(
            Difference,
            shape,
            new DifferenceArguments(
                CudaDevice.Address(x), CudaDevice.Address(y), CudaDevice.Address(result), x.Count));
    }

    private readonly record struct DifferenceArguments(
        DevicePointer X, DevicePointer Y, DevicePointer Result, int Count);
}
