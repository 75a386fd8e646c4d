using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Sums over whole tensors, one launch each, deterministic (native/reductions.cu): blocks write partial sums to scratch
/// slot 0, and the last block to arrive at counter 0 adds them up.
/// </summary>
public sealed partial class CudaDevice
{
    /// <summary>
    /// The maximum number of blocks of a reduction, so that its last block has few partial sums to add up.
    /// </summary>
    private const int MaxReductionBlocks = 1024;

    private static readonly KernelId DotKernel = new("reductions", "dot");
    private static readonly KernelId SumOfMagnitudesKernel = new("reductions", "sum_of_magnitudes");
    private static readonly KernelId SquaredDistanceKernel = new("reductions", "squared_distance");
    private static readonly KernelId AbsoluteDistanceKernel = new("reductions", "absolute_distance");
    private static readonly KernelId IterateSumsKernel = new("reductions", "iterate_sums");
    private static readonly KernelId StoppingTestKernel = new("reductions", "stopping_test");
    private static readonly KernelId AbsoluteDistanceBackwardKernel = new("reductions", "absolute_distance_backward");

    /// <inheritdoc/>
    protected override void DotCore(Tensor x, Tensor y, Tensor result) => Reduce(DotKernel, x, y, result);

    /// <inheritdoc/>
    protected override void SumOfMagnitudesCore(Tensor x, Tensor result) =>
        Reduce(SumOfMagnitudesKernel, x, x, result);

    /// <inheritdoc/>
    protected override void SquaredDistanceCore(Tensor x, Tensor y, Tensor result) =>
        Reduce(SquaredDistanceKernel, x, y, result);

    /// <inheritdoc/>
    protected override void AbsoluteDistanceCore(Tensor x, Tensor y, Tensor result) =>
        Reduce(AbsoluteDistanceKernel, x, y, result);

    /// <inheritdoc/>
    protected override void IterateSumsCore(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums) => Launch(
        IterateSumsKernel,
        ReductionShape(x.Count),
        new IterateSumsArguments(
            Address(x), Address(z), Address(previousZ), Address(q), Address(sums), PartialSums(IterateSumCount),
            Counter(0), x.Count));

    /// <inheritdoc/>
    protected override void StoppingTestCore(Tensor sums, Tensor rule, Tensor verdict) => Launch(
        StoppingTestKernel,
        new LaunchShape(1, BlockX: 32),
        new StoppingTestArguments(Address(sums), Address(rule), Address(verdict)));

    /// <inheritdoc/>
    protected override void AbsoluteDistanceBackwardCore(float scale, Tensor x, Tensor y, Tensor gx) => Launch(
        AbsoluteDistanceBackwardKernel,
        StreamShape(x.Count),
        new AbsoluteDistanceBackwardArguments(Address(x), Address(y), Address(gx), scale, x.Count));

    /// <summary>
    /// The launch shape of a reduction: its blocks, and so the order of the sum, depend only on the count.
    /// </summary>
    private static LaunchShape ReductionShape(long count) =>
        LaunchShape.Elements(count, perThread: 8, maxBlocks: MaxReductionBlocks);

    /// <summary>Memory for the given number of sums, as doubles, for each block of a reduction.</summary>
    private DevicePointer PartialSums(int sums) => Scratch(0, (long)sizeof(double) * sums * MaxReductionBlocks);

    private void Reduce(KernelId kernel, Tensor x, Tensor y, Tensor result)
    {
        var arguments = new ReductionArguments(
            Address(x), Address(y), Address(result), PartialSums(1), Counter(0), x.Count);
        Launch(kernel, ReductionShape(x.Count), arguments);
    }

    [KernelArguments("dot", "sum_of_magnitudes", "squared_distance", "absolute_distance")]
    private readonly record struct ReductionArguments(
        DevicePointer X, DevicePointer Y, DevicePointer Result, DevicePointer Partial, DevicePointer Counter,
        int Count);

    [KernelArguments("iterate_sums")]
    private readonly record struct IterateSumsArguments(
        DevicePointer X, DevicePointer Z, DevicePointer PreviousZ, DevicePointer Q, DevicePointer Sums,
        DevicePointer Partial, DevicePointer Counter, int Count);

    [KernelArguments("stopping_test")]
    private readonly record struct StoppingTestArguments(DevicePointer Sums, DevicePointer Rule, DevicePointer Verdict);

    [KernelArguments("absolute_distance_backward")]
    private readonly record struct AbsoluteDistanceBackwardArguments(
        DevicePointer X, DevicePointer Y, DevicePointer Gx, float Scale, int Count);
}
