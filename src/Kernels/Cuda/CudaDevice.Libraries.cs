namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private readonly CudaLibraries _libraries;

    /// <summary>The libraries that the device uses, and for the others the reason why it does not.</summary>
    public string Libraries => _libraries.Description;

    /// <summary>The arithmetic of convolutions and matrix products.</summary>
    internal CudaPrecision Precision => Options.Precision;

    /// <summary>
    /// Prepares the thread for the creation of a plan, which runs a library once and must not be captured.
    /// </summary>
    /// <exception cref="InvalidOperationException">Work is being recorded.</exception>
    private void BeginLibraryPlan(string what)
    {
        if (IsRecording)
        {
            throw new InvalidOperationException(
                $"{what} was first needed during recording: recorded work must call the same ops each time");
        }

        MakeCurrent();
    }

    partial void DisposeLibraries()
    {
        foreach (Convolutions.ConvolutionPlan? plan in _convolutionPlans.Values)
        {
            plan?.Dispose();
        }

        foreach (FourierPlan plan in _fourierPlans.Values)
        {
            plan.Dispose();
        }

        _libraries?.Dispose();
    }
}
