using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>A block of memory from a <see cref="CpuMemory"/>.</summary>
internal sealed unsafe class CpuBuffer(CpuMemory memory, long length) : DeviceBuffer(length)
{
    private readonly nint _block = memory.Take(length);

    public float* Pointer => (float*)_block;

    protected override void Release() => memory.Return(Length, _block);
}
