using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <summary>The alignment that cuFFT needs; it loads and stores complex numbers in pairs.</summary>
    private const int FourierAlignment = 16;

    private readonly Dictionary<FourierKey, FourierPlan> _fourierPlans = [];

    /// <inheritdoc/>
    protected override void RealFft2Core(Tensor x, Tensor spectrum)
    {
        if (PlanFourier(x, spectrum, inverse: false) is { } plan)
        {
            MakeCurrent();
            plan.Run(Address(x), Address(spectrum));
        }
        else
        {
            FallbackRealFft2(x, spectrum);
        }
    }

    /// <inheritdoc/>
    protected override void InverseRealFft2Core(Tensor spectrum, Tensor x)
    {
        if (PlanFourier(x, spectrum, inverse: true) is { } plan)
        {
            MakeCurrent();
            plan.Run(Address(spectrum), Address(x));
            ScaleCore(1f / x.Shape.PlaneSize, x, x);
        }
        else
        {
            FallbackInverseRealFft2(spectrum, x);
        }
    }

    /// <summary>
    /// The cuFFT plan, or null if hand-written kernels compute the transform: without cuFFT, for planes of one row or
    /// column, and for tensors that are not aligned to 16 bytes.
    /// </summary>
    private FourierPlan? PlanFourier(Tensor x, Tensor spectrum, bool inverse)
    {
        bool aligned = (Address(x).Value | Address(spectrum).Value) % FourierAlignment == 0;
        if (!_libraries.HasCufft || !aligned || x.Shape.H == 1 || x.Shape.W == 1)
        {
            return null;
        }

        var key = new FourierKey(x.Shape.H, x.Shape.W, x.Shape.Planes, inverse);
        if (!_fourierPlans.TryGetValue(key, out FourierPlan? plan))
        {
            BeginLibraryPlan($"a Fourier transform for {key}");
            plan = new FourierPlan(this, key, Stream);
            _fourierPlans.Add(key, plan);
        }

        return plan;
    }
}
