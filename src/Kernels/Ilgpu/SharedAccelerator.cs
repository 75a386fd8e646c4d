using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>An accelerator and the launchers of the kernels that were compiled for it.</summary>
/// <param name="accelerator">The ILGPU accelerator, which lives as long as the process.</param>
internal sealed class SharedAccelerator(Accelerator accelerator)
{
    private readonly ConcurrentDictionary<MethodInfo, Delegate> _launchers = new();

    /// <summary>The ILGPU accelerator.</summary>
    public Accelerator Accelerator { get; } = accelerator;

    /// <summary>The launcher of a kernel, compiled at the first call.</summary>
    public Action<KernelConfig, TArguments> Launcher<TArguments>(Action<TArguments> kernel)
        where TArguments : struct =>
        (Action<KernelConfig, TArguments>)_launchers.GetOrAdd(
            kernel.Method, static (_, state) => state.Accelerator.LoadStreamKernel(state.kernel),
            (kernel, Accelerator));
}
