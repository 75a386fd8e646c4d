using System.Diagnostics;
using System.Reflection;
using InfAdmm.Conformance;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>
/// Prints the timings of docs/ilgpu.md. Run it in a separate process: <c>dotnet InfAdmm.Kernels.Ilgpu.Tests.dll -class
/// '*MeasurementTests' -showLiveOutput</c>.
/// </summary>
public sealed class MeasurementTests(ITestOutputHelper output)
{
    private const string Convolution = "conv2d (1, 32, 16, 16)→64 4x4 stride 1 Periodic 1,1,2,2 bias relu";
    private const string Combination = "combine (1, 1, 130, 257)";
    private const int Runs = 5;

    [Fact]
    public void Start_up_and_speed_beside_the_cpu_backend()
    {
        var watch = Stopwatch.StartNew();
        using IlgpuDevice ilgpu = IlgpuDevice.Create(AcceleratorKind.Cpu);
        output.WriteLine($"context and accelerator: {watch.ElapsedMilliseconds} ms");
        watch.Restart();
        using (Tensor tensor = ilgpu.AllocateZeros(Shape.Vector(1)))
        {
            ilgpu.Synchronize();
        }

        output.WriteLine($"first kernel, compiled and run: {watch.ElapsedMilliseconds} ms");
        watch.Restart();
        KernelList.All.ToList().ForEach(Load);
        output.WriteLine($"all {KernelList.All.Count} kernels compiled: {watch.ElapsedMilliseconds} ms");
        watch.Restart();
        KernelList.All.ToList().ForEach(Load);
        output.WriteLine($"all again, from the cache: {watch.Elapsed.TotalMilliseconds:F2} ms");
        using CpuDevice cpu = CpuDevice.Create();
        foreach (string name in new[] { Convolution, Combination })
        {
            double slow = Milliseconds(ilgpu, Suite.Cases[name]);
            double fast = Milliseconds(cpu, Suite.Cases[name]);
            output.WriteLine($"{name}: ilgpu:cpu {slow:F2} ms, cpu {fast:F4} ms, {slow / fast:F0} times");
        }
    }

    private static void Load(MethodInfo kernel)
    {
        Type arguments = kernel.GetParameters()[0].ParameterType;
        MethodInfo launcher = typeof(SharedAccelerator).GetMethod("Launcher")!.MakeGenericMethod(arguments);
        Delegate action = kernel.CreateDelegate(typeof(Action<>).MakeGenericType(arguments));
        Assert.NotNull(launcher.Invoke(Accelerators.Get(AcceleratorKind.Cpu, 0), [action]));
    }

    /// <summary>The median of a few runs after a first one that compiles.</summary>
    private static double Milliseconds(Device device, OpCase item)
    {
        using var scope = new TensorScope(device);
        Tensor[] inputs =
        [
            .. item.MakeInputs().Select((values, i) => scope.Add(device.Allocate(item.Inputs[i], values))),
        ];
        Tensor[] outputs = [.. item.Outputs.Select(scope.Allocate)];
        double[] times = new double[Runs + 1];
        for (int i = 0; i < times.Length; i++)
        {
            var watch = Stopwatch.StartNew();
            item.Run(device, inputs, outputs);
            device.Synchronize();
            times[i] = watch.Elapsed.TotalMilliseconds;
        }

        return times[1..].Order().ElementAt(Runs / 2);
    }
}
