namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private readonly CudaLibraries _libraries;

    /// <summary>The libraries that the device uses, and why it does not use the others.</summary>
    public string Libraries => _libraries.Description;

    /// <summary>The arithmetic of convolutions and matrix products.</summary>
    internal CudaPrecision Precision => Options.Precision;

    /// <summary>Readies the thread to make a plan, which runs a library once and so must not be captured.</summary>
    /// <exception cref="InvalidOperationException">Work is being recorded.</exception>
    private void BeginLibraryPlan(string what)
    {
        if (IsRecording)
        {
            throw new InvalidOperationException(
                $"{what} was first needed while work was recorded: the work must call the same ops every time");
        }

        MakeCurrent();
    }

    partial void DisposeLibraries()
    {
        foreach (Convolutions.ConvolutionPlan plan in _convolutionPlans.Values)
        {
            plan.Dispose();
        }

        foreach (FourierPlan plan in _fourierPlans.Values)
        {
            plan.Dispose();
        }

        _libraries?.Dispose();
    }
}
