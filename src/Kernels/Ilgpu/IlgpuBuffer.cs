using ILGPU;
using ILGPU.Runtime;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>A buffer in the memory of an accelerator.</summary>
internal sealed class IlgpuBuffer : DeviceBuffer
{
    private readonly Action _released;

    public IlgpuBuffer(MemoryBuffer1D<float, Stride1D.Dense> memory, Action released) : base(memory.Length)
    {
        Memory = memory;
        _released = released;
    }

    /// <summary>The elements.</summary>
    public MemoryBuffer1D<float, Stride1D.Dense> Memory { get; }

    /// <inheritdoc/>
    protected override void Release()
    {
        Memory.Dispose();
        _released();
    }
}
