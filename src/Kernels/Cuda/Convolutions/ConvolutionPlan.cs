using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// A convolution, or a gradient of one, by cuDNN; descriptors, algorithm and workspace are chosen once. cuDNN loads its
/// kernels at their first use, which must not happen during a capture, so a new plan runs once on scratch memory.
/// </summary>
internal abstract class ConvolutionPlan : IDisposable
{
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

    /// <summary>The algorithm that <see cref="Choose"/> chose.</summary>
    protected CudnnAlgorithm Algorithm { get; private set; }

    /// <summary>The workspace of the algorithm, and memory for operands.</summary>
    protected ConvolutionScratch Scratch { get; private set; } = null!;

    /// <summary>Creates the plan for a key.</summary>
    public static ConvolutionPlan Create(CudaDevice device, CudnnHandle handle, in ConvolutionKey key) =>
        key.Pass switch
        {
            ConvolutionPass.Forward => new ForwardConvolution(device, handle, key),
            ConvolutionPass.BackwardInput => new BackwardInputConvolution(device, handle, key),
            _ => new BackwardWeightsConvolution(device, handle, key),
        };

    public virtual void Dispose() => Descriptors.Dispose();

    /// <summary>
    /// Chooses the first algorithm that cuDNN recommends and that runs; the heuristics also recommend some that fail.
    /// </summary>
    /// <exception cref="DeviceException">No algorithm runs.</exception>
    protected void Choose()
    {
        int status = 0;
        foreach (CudnnAlgorithm algorithm in Recommended())
        {
            Algorithm = algorithm;
            Descriptors.Adopt(algorithm.MathType);
            status = WorkspaceSize(algorithm.Number, out nuint bytes);
            if (status == 0)
            {
                Scratch = new ConvolutionScratch(Device, IsHalf, bytes);
                status = Try();
            }

            if (status == 0)
            {
                return;
            }
        }

        Cudnn.Check(status, $"the last of the algorithms that cuDNN recommends for {Key}");
        throw new DeviceException($"cuDNN recommends no algorithm for {Key}");
    }

    /// <summary>Queries cuDNN for algorithms, the best first.</summary>
    protected abstract unsafe int Query(int requested, out int returned, CudnnAlgorithmPerformance* results);

    /// <summary>Queries cuDNN for the workspace of an algorithm.</summary>
    protected abstract int WorkspaceSize(int algorithm, out nuint bytes);

    /// <summary>Adds the operands to the scratch memory and runs the algorithm on it.</summary>
    protected abstract int Try();

    private unsafe IReadOnlyList<CudnnAlgorithm> Recommended() => CudnnAlgorithm.Recommended(Key, Query);
}
