using System.Text;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Code that a driver loads when it is first used.</summary>
public sealed class LazyLoadingTests
{
    private const int CaptureUnsupported = 900;
    private const int ThreadLocal = 1;
    private const int RegistersPerThread = 4;

    /// <summary>
    /// Catches a stand-in that takes what drivers refuse: a kernel whose code was neither asked for nor launched before the
    /// capture in which it is used. Without <c>cuFuncLoad</c> and <c>cuFuncGetAttribute</c> in the loading of kernels, a
    /// recording of what a first run does not call would do that.
    /// </summary>
    [Theory]
    [InlineData("nothing", CaptureUnsupported)]
    [InlineData("cuFuncLoad", 0)]
    [InlineData("cuFuncGetAttribute", 0)]
    public unsafe void A_kernel_is_loaded_before_a_capture(string call, int expected)
    {
        Gpu.NeedStandIn();
        using PrimaryContext context = PrimaryContext.Retain(0);
        context.MakeCurrent();
        using CudaStream stream = CudaStream.Create(context);
        nint module;
        fixed (byte* image = Encoding.ASCII.GetBytes(Planted.Text + "\0"))
        {
            Assert.Equal(DriverStatus.Success, cuModuleLoadDataEx(out module, image, 0, null, null));
        }

        Assert.Equal(DriverStatus.Success, cuModuleGetFunction(out nint function, module, "planted_difference"));
        DriverStatus loaded = call switch
        {
            "cuFuncLoad" => cuFuncLoad(function),
            "cuFuncGetAttribute" => cuFuncGetAttribute(out _, RegistersPerThread, function),
            _ => DriverStatus.Success,
        };
        Assert.Equal(DriverStatus.Success, loaded);
        byte* argument = stackalloc byte[256];
        new Span<byte>(argument, 256).Clear();
        void* parameters = argument;
        Assert.Equal(DriverStatus.Success, cuStreamBeginCapture_v2(stream.Value, ThreadLocal));

        DriverStatus launched = cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream.Value, &parameters, null);
        DriverStatus ended = cuStreamEndCapture(stream.Value, out nint graph);

        Assert.Equal(expected, (int)launched);
        Assert.Equal(expected == 0, ended == DriverStatus.Success);
        if (graph != 0)
        {
            Assert.Equal(DriverStatus.Success, cuGraphDestroy(graph));
        }

        Assert.Equal(DriverStatus.Success, cuModuleUnload(module));
    }
}
