using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>The key of a cuFFT plan.</summary>
/// <param name="Height">Rows per plane.</param>
/// <param name="Width">Columns per plane.</param>
/// <param name="Planes">The number of planes that are transformed at once.</param>
/// <param name="Inverse">True for the transform from spectra to planes.</param>
internal readonly record struct FourierKey(int Height, int Width, int Planes, bool Inverse)
{
    /// <summary>The number of elements of all planes.</summary>
    public long RealCount => (long)Planes * Height * Width;

    /// <summary>The number of elements of all half spectra.</summary>
    public long SpectrumCount => (long)Planes * Height * 2 * (Width / 2 + 1);
}

/// <summary>An unnormalised 2-D transform of planes by cuFFT; its work area is scratch memory of the device.</summary>
internal sealed unsafe class FourierPlan : IDisposable
{
    private const int Slot = 3;
    private const int PlaceAlignment = 256;

    private readonly CudaDevice _device;
    private readonly FourierKey _key;
    private readonly CufftHandle _handle;
    private readonly long _workBytes;
    private DevicePointer _workArea;

    /// <summary>Plans the transform and runs it once on scratch memory, so that cuFFT loads its kernels.</summary>
    public FourierPlan(CudaDevice device, FourierKey key, nint stream)
    {
        _device = device;
        _key = key;
        _handle = CufftHandle.Create();
        try
        {
            _workBytes = Plan(stream);
            Warm();
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>Transforms the planes. An inverse overwrites its spectra.</summary>
    public void Run(DevicePointer source, DevicePointer target)
    {
        SetWorkArea(_device.Scratch(Slot, _workBytes));
        if (!_device.IsDry)
        {
            Execute(source, target);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static long Aligned(long bytes) => (bytes + PlaceAlignment - 1) / PlaceAlignment * PlaceAlignment;

    private long Plan(nint stream)
    {
        int plan = _handle.Plan;
        int* extents = stackalloc int[] { _key.Height, _key.Width };
        CufftType type = _key.Inverse ? CufftType.ComplexToReal : CufftType.RealToComplex;
        Cufft.Check(Cufft.cufftSetAutoAllocation(plan, 0));
        Cufft.Check(Cufft.cufftMakePlanMany(
            plan, 2, extents, null, 1, 0, null, 1, 0, type, _key.Planes, out nuint workBytes));
        Cufft.Check(Cufft.cufftSetStream(plan, stream));
        return (long)workBytes;
    }

    private void Warm()
    {
        long planes = Aligned(_key.RealCount * sizeof(float));
        long spectra = Aligned(_key.SpectrumCount * sizeof(float));
        long work = Aligned(_workBytes);
        using CudaBuffer trial = _device.Temporary(work + planes + spectra);
        DevicePointer real = trial.Address.Plus(work);
        DevicePointer spectrum = real.Plus(planes);
        SetWorkArea(trial.Address);
        Execute(_key.Inverse ? spectrum : real, _key.Inverse ? real : spectrum);
    }

    private void SetWorkArea(DevicePointer workArea)
    {
        if (workArea != _workArea)
        {
            Cufft.Check(Cufft.cufftSetWorkArea(_handle.Plan, workArea));
            _workArea = workArea;
        }
    }

    private void Execute(DevicePointer source, DevicePointer target)
    {
        if (_key.Inverse)
        {
            Cufft.Check(Cufft.cufftExecC2R(_handle.Plan, source, target));
        }
        else
        {
            Cufft.Check(Cufft.cufftExecR2C(_handle.Plan, source, target));
        }
    }
}
