using ILGPU;
using ILGPU.Runtime;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>
/// The portable backend: every op is a kernel in C# that ILGPU compiles for CUDA, OpenCL or its CPU accelerator. It is
/// an independent check of every kernel and supports GPUs without native libraries; on a CPU it is slow.
/// </summary>
/// <remarks>The devices of one accelerator share its stream: use them from one thread at a time.</remarks>
public sealed partial class IlgpuDevice : Engine.Device
{
    private readonly SharedAccelerator _shared;
    private int _liveBuffers;

    private IlgpuDevice(SharedAccelerator shared) => _shared = shared;

    /// <inheritdoc/>
    public override string Name => $"ILGPU {Accelerator.AcceleratorType}, {Accelerator.Name}";

    /// <inheritdoc/>
    public override int Threads => Accelerator.AcceleratorType == AcceleratorType.CPU ? Accelerator.MaxNumThreads : 0;

    /// <inheritdoc/>
    public override int LiveBuffers => _liveBuffers;

    private Accelerator Accelerator => _shared.Accelerator;

    /// <summary>Creates a device.</summary>
    /// <param name="kind">The kind of accelerator.</param>
    /// <param name="index">The number of the device among those of its kind, from 0.</param>
    /// <exception cref="DeviceException">The device does not exist or cannot be used; the message says why.</exception>
    public static IlgpuDevice Create(AcceleratorKind kind = AcceleratorKind.Best, int index = 0)
    {
        IlgpuProbe probe = Probe(kind, index);
        if (!probe.Available)
        {
            throw new DeviceException(probe.Reason!);
        }

        (AcceleratorKind chosen, int place) = Choose(kind, index);
        return new IlgpuDevice(Accelerators.Get(chosen, place));
    }

    /// <inheritdoc/>
    public override void Synchronize() => Accelerator.DefaultStream.Synchronize();

    /// <inheritdoc/>
    protected override DeviceBuffer AllocateBuffer(long length)
    {
        MemoryBuffer1D<float, Stride1D.Dense> memory = Guarded(() => Accelerator.Allocate1D<float>(length));
        Interlocked.Increment(ref _liveBuffers);
        return new IlgpuBuffer(memory, () => Interlocked.Decrement(ref _liveBuffers));
    }

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<float> values, Tensor tensor)
    {
        View(tensor).CopyFromCPU(Accelerator.DefaultStream, values);
        Synchronize();
    }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor tensor, Span<float> values)
    {
        View(tensor).CopyToCPU(Accelerator.DefaultStream, values);
        Synchronize();
    }

    /// <inheritdoc/>
    protected override void DisposeCore()
    {
        Synchronize();
        _partials?.Dispose();
        _scalars?.Dispose();
        foreach (MemoryBuffer1D<float, Stride1D.Dense>? buffer in _complex)
        {
            buffer?.Dispose();
        }

        foreach ((MemoryBuffer1D<float, Stride1D.Dense> twiddles, int[] _) in _lengths.Values)
        {
            twiddles.Dispose();
        }
    }

    /// <summary>The elements of a tensor, for a kernel's arguments.</summary>
    private static ArrayView<float> View(Tensor tensor) =>
        ((IlgpuBuffer)tensor.Buffer).Memory.View.BaseView.SubView(tensor.Offset, tensor.Shape.Count);

    /// <summary>Runs a kernel: a static method of one struct, compiled at its first launch on an accelerator.</summary>
    private void Launch<TArguments>(Action<TArguments> kernel, KernelConfig config, in TArguments arguments)
        where TArguments : struct => _shared.Launcher(kernel)(config, arguments);

    /// <summary>The size of a group: at most the given number, a power of two that the accelerator allows.</summary>
    private int GroupSize(int most = 256)
    {
        int size = 1;
        while (2 * size <= Math.Min(most, Accelerator.MaxNumThreadsPerGroup))
        {
            size *= 2;
        }

        return size;
    }

    /// <summary>
    /// The launch size of a loop over elements: enough groups for all elements, but not more than keep the device busy.
    /// </summary>
    private KernelConfig Elements(long count)
    {
        int group = GroupSize();
        long most = Accelerator.AcceleratorType == AcceleratorType.CPU ? 1 : 16L * Accelerator.NumMultiprocessors;
        long groups = Math.Clamp((count + group - 1) / group, 1, Math.Max(most, 1));
        return new KernelConfig((int)groups, group);
    }

    private static T Guarded<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception failure) when (failure is not DeviceException)
        {
            throw new DeviceException($"the accelerator failed: {failure.Message}", failure);
        }
    }
}
