using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// A convolution or a gradient of one through cuDNN: descriptors, algorithm and workspace chosen once. cuDNN loads its
/// kernels at their first use, which must not happen in a capture: a plan runs once, on scratch memory, when made.
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

        // Gradients stay in float32 on a device of half precision. For float32 the default is what allows TF32.
        CudnnMathType math = (half, device.Precision) switch
        {
            (true, _) => CudnnMathType.TensorOp,
            (_, CudaPrecision.Tf32) => CudnnMathType.Default,
            _ => CudnnMathType.Fma,
        };
        Descriptors = new CudnnDescriptors(key, half ? CudnnDataType.Half : CudnnDataType.Float, math);
    }

    /// <summary>What the plan is for.</summary>
    public ConvolutionKey Key { get; }

    /// <summary>True if cuDNN is given half precision; sums are in float32.</summary>
    public bool IsHalf { get; }

    protected CudaDevice Device { get; }

    protected CudnnHandle Handle { get; }

    protected CudnnDescriptors Descriptors { get; }

    /// <summary>What <see cref="Choose"/> found.</summary>
    protected CudnnAlgorithm Algorithm { get; private set; }

    /// <summary>The workspace of the algorithm, and room for operands.</summary>
    protected ConvolutionScratch Scratch { get; private set; } = null!;

    /// <summary>Makes the plan of a pass.</summary>
    public static ConvolutionPlan Create(CudaDevice device, CudnnHandle handle, in ConvolutionKey key) =>
        key.Pass switch
        {
            ConvolutionPass.Forward => new ForwardConvolution(device, handle, key),
            ConvolutionPass.BackwardInput => new BackwardInputConvolution(device, handle, key),
            _ => new BackwardWeightsConvolution(device, handle, key),
        };

    public virtual void Dispose() => Descriptors.Dispose();

    /// <summary>
    /// Takes the first algorithm of cuDNN's choice that runs: its heuristics also name some that then refuse.
    /// </summary>
    /// <exception cref="DeviceException">None does.</exception>
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

        Cudnn.Check(status, $"the last of cuDNN's algorithms for {Key}");
        throw new DeviceException($"cuDNN offers no algorithm for {Key}");
    }

    /// <summary>Asks cuDNN for algorithms, the best first.</summary>
    protected abstract unsafe int Query(int requested, out int returned, CudnnAlgorithmPerformance* results);

    /// <summary>Asks cuDNN for the workspace of an algorithm.</summary>
    protected abstract int WorkspaceSize(int algorithm, out nuint bytes);

    /// <summary>Adds the operands to the scratch memory and runs there.</summary>
    protected abstract int Try();

    private unsafe IReadOnlyList<CudnnAlgorithm> Recommended() => CudnnAlgorithm.Recommended(Key, Query);
}
