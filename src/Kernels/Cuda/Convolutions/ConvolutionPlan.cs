using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// A convolution, or a gradient of one, by cuDNN; descriptors, algorithm and workspace are chosen once. cuDNN loads its
/// kernels at their first use, which must not happen during a capture, so a new plan runs once on scratch memory.
/// </summary>
internal abstract class ConvolutionPlan : IDisposable
{
    private const int MostTimed = 3;
    private const int TimedRuns = 3;

    /// <summary>Describes the convolution.</summary>
    protected ConvolutionPlan(CudaDevice device, CudnnHandle handle, in ConvolutionKey key, bool half)
    {
        Device = device;
        Handle = handle;
        Key = key;
        IsHalf = half;

        // Gradients are in float32 even on a device with half precision. For float32, the default math type allows
        // TF32.
        CudnnMathType math = (half, device.Precision) switch
        {
            (true, _) => CudnnMathType.TensorOp,
            (_, CudaPrecision.Tf32) => CudnnMathType.Default,
            _ => CudnnMathType.Fma,
        };
        Descriptors = new CudnnDescriptors(key, half ? CudnnDataType.Half : CudnnDataType.Float, math);
    }

    /// <summary>The key of the plan.</summary>
    public ConvolutionKey Key { get; }

    /// <summary>True if cuDNN computes in half precision; sums are in float32.</summary>
    public bool IsHalf { get; }

    protected CudaDevice Device { get; }

    protected CudnnHandle Handle { get; }

    protected CudnnDescriptors Descriptors { get; }

    /// <summary>The algorithm.</summary>
    public CudnnAlgorithm Algorithm { get; private set; }

    /// <summary>The scratch memory that runs need.</summary>
    public long ScratchBytes => Scratch.Bytes;

    /// <summary>The workspace of the algorithm, and memory for operands.</summary>
    protected ConvolutionScratch Scratch { get; private set; } = null!;

    /// <summary>Creates the plan for a key; null if cuDNN has no algorithm for it that runs.</summary>
    public static ConvolutionPlan? Create(CudaDevice device, CudnnHandle handle, in ConvolutionKey key)
    {
        ConvolutionPlan plan = key.Pass switch
        {
            ConvolutionPass.Forward => new ForwardConvolution(device, handle, key),
            ConvolutionPass.BackwardInput => new BackwardInputConvolution(device, handle, key),
            _ => new BackwardWeightsConvolution(device, handle, key),
        };
        try
        {
            if (plan.Choose())
            {
                return plan;
            }
        }
        catch
        {
            plan.Dispose();
            throw;
        }

        plan.Dispose();
        return null;
    }

    public virtual void Dispose() => Descriptors.Dispose();

    /// <summary>Queries cuDNN for algorithms, the best first.</summary>
    protected abstract unsafe int Query(int requested, out int returned, CudnnAlgorithmPerformance* results);

    /// <summary>Queries cuDNN for the workspace of an algorithm.</summary>
    protected abstract int WorkspaceSize(int algorithm, out nuint bytes);

    /// <summary>Adds the operands to the scratch memory.</summary>
    protected abstract void AddOperands();

    /// <summary>Runs the algorithm on the scratch memory, with all that a run does.</summary>
    protected abstract int Try();

    /// <summary>
    /// Times the first few algorithms in cuDNN's list and chooses the fastest of those that run. The first one in the list is
    /// not always the fastest, and some do not run.
    /// </summary>
    /// <returns>False if none runs.</returns>
    private bool Choose()
    {
        CudnnAlgorithm? fastest = null;
        double least = double.PositiveInfinity;
        int timed = 0;
        foreach (CudnnAlgorithm algorithm in Recommended())
        {
            if (Seconds(algorithm, TimedRuns) is not { } seconds)
            {
                continue;
            }

            if (seconds < least)
            {
                (fastest, least) = (algorithm, seconds);
            }

            if (++timed == MostTimed)
            {
                break;
            }
        }

        if (fastest is not { } chosen || (chosen != Algorithm && Seconds(chosen, timedRuns: 0) is null))
        {
            return false;
        }

        Scratch.Keep();
        return true;
    }

    /// <summary>
    /// Adopts an algorithm, runs it once, so that its kernels are loaded, and then as often as asked for.
    /// </summary>
    /// <returns>The time of its fastest run; null if it does not run or needs more memory than there is.</returns>
    private double? Seconds(CudnnAlgorithm algorithm, int timedRuns)
    {
        Algorithm = algorithm;
        Descriptors.Adopt(algorithm.MathType);
        if (WorkspaceSize(algorithm.Number, out nuint bytes) != 0)
        {
            return null;
        }

        Scratch = new ConvolutionScratch(Device, IsHalf, Key.IsAligned, bytes);
        AddOperands();
        try
        {
            using CudaBuffer trial = Scratch.BeginTrial();
            return Try() == 0 ? Device.Time(Try, timedRuns) : null;
        }
        catch (DeviceException exception) when (exception.IsOutOfMemory)
        {
            return null;
        }
    }

    private unsafe IReadOnlyList<CudnnAlgorithm> Recommended() => CudnnAlgorithm.Recommended(Key, Query);
}
