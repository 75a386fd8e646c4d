using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>Every kernel compiles to PTX and OpenCL C, for which ILGPU needs no device.</summary>
public sealed class KernelCompilationTests : IDisposable
{
    private readonly Context _context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2));

    public static TheoryData<string> Names => [.. KernelList.All.Select(KernelList.Name)];

    public void Dispose() => _context.Dispose();

    [Fact]
    public void The_kernels_are_found()
    {
        string[] names = [.. Names.Select(row => row.Data)];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(
            [
                "ElementwiseKernels.Map<SigmoidTerm>", "ReductionKernels.Partial<DotTerm>", "FourierKernels.Pass",
                "TiledProductKernels.Product<WeightGradient>", "BatchNormKernels.Moments",
                "LinearAlgebraKernels.Substitute",
            ],
            name => Assert.Contains(name, names));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_kernel_becomes_ptx(string name)
    {
        using var backend = new PTXBackend(_context, CudaArchitecture.SM_60, CudaInstructionSet.ISA_60, nvvmAPI: null!);
        var compiled = Assert.IsType<PTXCompiledKernel>(Compile(backend, name));
        Assert.Contains(".entry", compiled.PTXAssembly);
        Assert.Equal(HasBarrier(name), compiled.PTXAssembly.Contains("bar.sync", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_kernel_becomes_opencl(string name)
    {
        var capabilities = new CLCapabilityContext(
            float16: false, float64: true, genericAddressSpace: true, int64_Atomics: false, subGroups: false);
        using var backend = new CLBackend(_context, capabilities, CLDeviceVendor.Other, new CLCVersion(2, 0));
        var compiled = Assert.IsType<CLCompiledKernel>(Compile(backend, name));
        Assert.Contains("kernel void", compiled.Source);
        Assert.Equal(HasBarrier(name), compiled.Source.Contains("work_group_barrier", StringComparison.Ordinal));
    }

    private static CompiledKernel Compile(Backend backend, string name)
    {
        EntryPointDescription entry =
            EntryPointDescription.FromExplicitlyGroupedKernel(
                KernelList.All.Single(kernel => KernelList.Name(kernel) == name));
        KernelSpecialization specialization = KernelSpecialization.Empty;
        return backend.Compile(entry, specialization);
    }

    private static bool HasBarrier(string name) =>
        name.Split('.', '<')[..2] is ["TiledProductKernels", _] or ["ReductionKernels", "Partial" or "IterateSums"]
            or ["LinearAlgebraKernels", "Substitute" or "Advance"]
            or ["BatchNormKernels", "Moments" or "ParameterGradients" or "ChannelSums"];
}
