using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Inner loops that run entirely on the device, each one cooperative launch (native/inner_loops.cu).</summary>
public sealed partial class CudaDevice
{
    /// <summary>
    /// The block size that the kernels are compiled for; such a block always fits on a multiprocessor.
    /// </summary>
    private const int InnerLoopThreads = 512;

    /// <summary>The number of sums over the grid in progress at a time; each has one double per block.</summary>
    private const int InnerLoopSums = 3;

    private const int InnerLoopBarrier = 1;
    private const int InnerLoopTapBytes = 40 * 1024;

    private static readonly KernelId SolveGramKernel = new("inner_loops", "solve_gram");
    private static readonly KernelId SolveNormalKernel = new("inner_loops", "solve_normal");
    private static readonly KernelId DescendNormalKernel = new("inner_loops", "descend_normal");

    /// <inheritdoc/>
    public override bool SteersInnerLoops => true;

    /// <inheritdoc/>
    protected override void SolveGramCore(
        Tensor e, Tensor kernel, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor w) =>
        LaunchInnerLoop(SolveGramKernel, e, kernel, stride: 1, rule: null, patience: 1, spec, workspace, w);

    /// <inheritdoc/>
    protected override void SolveNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rho, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor d) =>
        LaunchInnerLoop(SolveNormalKernel, e, kernel, stride, rho, patience: 1, spec, workspace, d);

    /// <inheritdoc/>
    protected override void DescendNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rule, int patience, InnerLoopSpec spec,
        InnerLoopWorkspace workspace, Tensor d) =>
        LaunchInnerLoop(DescendNormalKernel, e, kernel, stride, rule, patience, spec, workspace, d);

    /// <summary>
    /// At most one block per multiprocessor, so that all blocks can run at the same time. Small problems use small
    /// blocks on many multiprocessors, large problems use the largest blocks.
    /// </summary>
    private void LaunchInnerLoop(
        KernelId loop, Tensor e, Tensor kernel, int stride, Tensor? rule, int patience, InnerLoopSpec spec,
        InnerLoopWorkspace workspace, Tensor solution)
    {
        long count = solution.Count;
        int blocks = (int)Math.Clamp((count + LaunchShape.Threads - 1) / LaunchShape.Threads, 1, Multiprocessors);
        int threads = (long)blocks * LaunchShape.Threads < count ? InnerLoopThreads : LaunchShape.Threads;
        long tapBytes = kernel.Count * sizeof(float);
        bool tapsFit = tapBytes <= InnerLoopTapBytes;
        Shape image = solution.Shape;
        var arguments = new InnerLoopArguments(
            Address(e), Address(kernel), AddressOrNull(rule), Address(workspace.Memory),
            AddressOrNull(workspace.Measured), Address(solution), Address(workspace.Report),
            Scratch(0, (long)InnerLoopSums * blocks * sizeof(double)), Counter(InnerLoopBarrier), spec.Tolerance,
            spec.MaxIterations, patience, image.H, image.W, kernel.Shape.H, kernel.Shape.W, stride, image.Planes,
            tapsFit ? 1 : 0);
        Launch(
            loop,
            new LaunchShape(blocks, BlockX: threads, SharedBytes: tapsFit ? (int)tapBytes : 0, Cooperative: true),
            arguments);
    }

    [KernelArguments("solve_gram", "solve_normal", "descend_normal")]
    private readonly record struct InnerLoopArguments(
        DevicePointer E, DevicePointer Kernel, DevicePointer Rule, DevicePointer Memory, DevicePointer Measured,
        DevicePointer Solution, DevicePointer Report, DevicePointer Partials, DevicePointer BarrierState,
        float Tolerance, int MaxIterations, int Patience, int Height, int Width, int KernelHeight, int KernelWidth,
        int Stride, int Planes, int TapsFit);
}
