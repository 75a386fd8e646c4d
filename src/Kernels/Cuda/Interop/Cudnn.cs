using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>
/// The functions of cuDNN 9 that the backend calls, with their native names. alpha and beta are in host memory.
/// </summary>
internal static unsafe partial class Cudnn
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="DeviceException">
    /// The call failed; the message has the call, the status and the text of cuDNN.
    /// </exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 0)
        {
            throw LibraryFailure.Of(call, status, Marshal.PtrToStringUTF8(cudnnGetErrorString(status)));
        }
    }

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial nuint cudnnGetVersion();

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial nint cudnnGetErrorString(int status);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnCreate(out CudnnHandle handle);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnDestroy(nint handle);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnSetStream(CudnnHandle handle, nint streamId);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnCreateTensorDescriptor(out CudnnTensorDescriptor tensorDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnDestroyTensorDescriptor(nint tensorDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnSetTensor4dDescriptor(
        CudnnTensorDescriptor tensorDesc, CudnnTensorFormat format, CudnnDataType dataType, int n, int c, int h, int w);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnCreateFilterDescriptor(out CudnnFilterDescriptor filterDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnDestroyFilterDescriptor(nint filterDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnSetFilter4dDescriptor(
        CudnnFilterDescriptor filterDesc, CudnnDataType dataType, CudnnTensorFormat format, int k, int c, int h, int w);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnCreateConvolutionDescriptor(out CudnnConvolutionDescriptor convDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnDestroyConvolutionDescriptor(nint convDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnSetConvolution2dDescriptor(
        CudnnConvolutionDescriptor convDesc, int pad_h, int pad_w, int u, int v, int dilation_h, int dilation_w,
        CudnnConvolutionMode mode, CudnnDataType computeType);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnSetConvolutionMathType(
        CudnnConvolutionDescriptor convDesc, CudnnMathType mathType);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnCreateActivationDescriptor(out CudnnActivationDescriptor activationDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnDestroyActivationDescriptor(nint activationDesc);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnSetActivationDescriptor(
        CudnnActivationDescriptor activationDesc, CudnnActivationMode mode, CudnnNanPropagation reluNanOpt,
        double coef);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnGetConvolutionForwardAlgorithm_v7(
        CudnnHandle handle, CudnnTensorDescriptor srcDesc, CudnnFilterDescriptor filterDesc,
        CudnnConvolutionDescriptor convDesc, CudnnTensorDescriptor destDesc, int requestedAlgoCount,
        out int returnedAlgoCount, CudnnAlgorithmPerformance* perfResults);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnGetConvolutionForwardWorkspaceSize(
        CudnnHandle handle, CudnnTensorDescriptor xDesc, CudnnFilterDescriptor wDesc,
        CudnnConvolutionDescriptor convDesc, CudnnTensorDescriptor yDesc, int algo, out nuint sizeInBytes);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnConvolutionForward(
        CudnnHandle handle, in float alpha, CudnnTensorDescriptor xDesc, DevicePointer x, CudnnFilterDescriptor wDesc,
        DevicePointer w, CudnnConvolutionDescriptor convDesc, int algo, DevicePointer workSpace,
        nuint workSpaceSizeInBytes, in float beta, CudnnTensorDescriptor yDesc, DevicePointer y);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnConvolutionBiasActivationForward(
        CudnnHandle handle, in float alpha1, CudnnTensorDescriptor xDesc, DevicePointer x, CudnnFilterDescriptor wDesc,
        DevicePointer w, CudnnConvolutionDescriptor convDesc, int algo, DevicePointer workSpace,
        nuint workSpaceSizeInBytes, in float alpha2, CudnnTensorDescriptor zDesc, DevicePointer z,
        CudnnTensorDescriptor biasDesc, DevicePointer bias, CudnnActivationDescriptor activationDesc,
        CudnnTensorDescriptor yDesc, DevicePointer y);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnGetConvolutionBackwardDataAlgorithm_v7(
        CudnnHandle handle, CudnnFilterDescriptor filterDesc, CudnnTensorDescriptor diffDesc,
        CudnnConvolutionDescriptor convDesc, CudnnTensorDescriptor gradDesc, int requestedAlgoCount,
        out int returnedAlgoCount, CudnnAlgorithmPerformance* perfResults);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnGetConvolutionBackwardDataWorkspaceSize(
        CudnnHandle handle, CudnnFilterDescriptor wDesc, CudnnTensorDescriptor dyDesc,
        CudnnConvolutionDescriptor convDesc, CudnnTensorDescriptor dxDesc, int algo, out nuint sizeInBytes);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnConvolutionBackwardData(
        CudnnHandle handle, in float alpha, CudnnFilterDescriptor wDesc, DevicePointer w, CudnnTensorDescriptor dyDesc,
        DevicePointer dy, CudnnConvolutionDescriptor convDesc, int algo, DevicePointer workSpace,
        nuint workSpaceSizeInBytes, in float beta, CudnnTensorDescriptor dxDesc, DevicePointer dx);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnGetConvolutionBackwardFilterAlgorithm_v7(
        CudnnHandle handle, CudnnTensorDescriptor srcDesc, CudnnTensorDescriptor diffDesc,
        CudnnConvolutionDescriptor convDesc, CudnnFilterDescriptor gradDesc, int requestedAlgoCount,
        out int returnedAlgoCount, CudnnAlgorithmPerformance* perfResults);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnGetConvolutionBackwardFilterWorkspaceSize(
        CudnnHandle handle, CudnnTensorDescriptor xDesc, CudnnTensorDescriptor dyDesc,
        CudnnConvolutionDescriptor convDesc, CudnnFilterDescriptor gradDesc, int algo, out nuint sizeInBytes);

    [LibraryImport(NativeLibraries.Cudnn)]
    public static partial int cudnnConvolutionBackwardFilter(
        CudnnHandle handle, in float alpha, CudnnTensorDescriptor xDesc, DevicePointer x, CudnnTensorDescriptor dyDesc,
        DevicePointer dy, CudnnConvolutionDescriptor convDesc, int algo, DevicePointer workSpace,
        nuint workSpaceSizeInBytes, in float beta, CudnnFilterDescriptor dwDesc, DevicePointer dw);
}
