namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private readonly CudaLibraries _libraries;

    /// <summary>The arithmetic of convolutions and matrix products.</summary>
    internal CudaPrecision Precision { get; }

    /// <summary>Readies the thread for the making of a plan, which runs a library once and so must not be captured.</summary>
    /// <exception cref="InvalidOperationException">The stream captures.</exception>
    private void BeginLibraryPlan(string what)
    {
        if (IsCapturing)
        {
            throw new InvalidOperationException(
                $"{what} was first needed while work was recorded: the work must call the same ops every time");
        }

        MakeCurrent();
    }

    private void DisposeLibraries()
    {
        foreach (Convolutions.ConvolutionPlan plan in _convolutionPlans.Values)
        {
            plan.Dispose();
        }

        foreach (FourierPlan plan in _fourierPlans.Values)
        {
            plan.Dispose();
        }

        _libraries.Dispose();
    }
}
