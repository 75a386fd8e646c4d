using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>Sums over the GPUs of several processes.</remarks>
public sealed partial class CudaDevice
{
    private readonly Dictionary<ProcessGroup, NcclLink> _links = [];

    /// <inheritdoc/>
    protected override TensorSum SumOverCore(ProcessGroup group, Tensor tensor)
    {
        ThrowIfRecording(nameof(SumOver));
        if (group.Size == 1)
        {
            return base.SumOverCore(group, tensor);
        }

        if (!_links.TryGetValue(group, out NcclLink? link))
        {
            link = new NcclLink(group, _context, _stream);
            _links.Add(group, link);
        }

        return new LinkedSum(this, link, tensor);
    }

    private void DisposeLinks()
    {
        foreach (NcclLink link in _links.Values)
        {
            link.Dispose();
        }
    }

    private sealed class LinkedSum(CudaDevice device, NcclLink link, Tensor tensor) : TensorSum
    {
        public override void Start(int offset, int count)
        {
            using UseGuard.Scope use = device.Use();
            device.ThrowIfRecording("a sum over processes");
            device.MakeCurrent();
            link.Start(Address(tensor.Slice(offset, Shape.Vector(count))), count);
        }

        public override void Finish()
        {
            using UseGuard.Scope use = device.Use();
            device.ThrowIfRecording("a sum over processes");
            device.MakeCurrent();
            (double sums, double exposed) = link.Finish();
            Seconds += sums;
            ExposedSeconds += exposed;
        }
    }
}
