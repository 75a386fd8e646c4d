using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

public sealed class ProbeTests
{
    [Fact]
    public void Without_a_driver_every_name_tried_is_told()
    {
        Assert.SkipWhen(NativeLibraries.Find(NativeLibraries.Cuda).IsFound, "there is a driver");
        CudaProbe probe = CudaDevice.Probe();
        Assert.False(probe.Available);
        Assert.StartsWith("no CUDA driver: tried ", probe.Description, StringComparison.Ordinal);
        Assert.Contains(
            OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", probe.Description, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', probe.Description);
        var error = Assert.Throws<DeviceException>(() => CudaDevice.Create());
        Assert.Equal(probe.Description, error.Message);
    }

    [Fact]
    public void Directories_of_the_variable_come_first_and_new_versions_before_old()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the names are those of Linux");
        Assert.Equal(
            [
                "/a/libcublas.so.13", "/a/libcublas.so.12", "/a/libcublas.so.11",
                "/b/libcublas.so.13", "/b/libcublas.so.12", "/b/libcublas.so.11",
                "libcublas.so.13", "libcublas.so.12", "libcublas.so.11",
            ],
            NativeLibraries.Candidates(NativeLibraries.Cublas, "/a:: /b"));
    }

    [Fact]
    public void A_file_that_is_no_library_is_named_with_the_reason()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the names are those of Linux");
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string file = Path.Combine(directory, "libcudnn.so.9");
            File.WriteAllText(file, "not a library");
            NativeLibrarySearch search = NativeLibraries.Search(NativeLibraries.Cudnn, directory);
            Assert.StartsWith($"{file} (", search.Failures[0], StringComparison.Ordinal);
            Assert.Contains("file too short", search.Failures[0], StringComparison.Ordinal);
            Assert.All(search.Failures, failure => Assert.DoesNotContain('\n', failure));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void The_description_names_the_GPU_and_the_libraries()
    {
        using CudaDevice device = Gpu.Create();
        CudaProbe probe = CudaDevice.Probe();
        Assert.StartsWith($"{device.Name}, compute ", probe.Description, StringComparison.Ordinal);
        Assert.Contains("cuDNN", probe.Description, StringComparison.Ordinal);
        Assert.Contains("cuBLAS", probe.Description, StringComparison.Ordinal);
        Assert.Contains("cuFFT", probe.Description, StringComparison.Ordinal);
        Assert.Equal(0, device.Threads);

        // The probe has detached its own context from this thread; the device must still work.
        using Tensor x = device.Vector(1, 2);
        Assert.Equal([1, 2], x.ToArray());
    }

    [Fact]
    public void A_GPU_that_is_not_there_is_refused()
    {
        Gpu.Create().Dispose();
        CudaProbe probe = CudaDevice.Probe(99);
        Assert.False(probe.Available);
        Assert.StartsWith("there is no GPU 99: ", probe.Description, StringComparison.Ordinal);
        Assert.Throws<DeviceException>(() => CudaDevice.Create(new CudaOptions { Ordinal = 99 }));
    }

    [Fact]
    public void A_driver_that_fails_is_told_with_its_own_text()
    {
        StandIn.Require();
        StandIn.FailNext("cuInit", 100);
        CudaProbe probe = CudaDevice.Probe();
        Assert.False(probe.Available);
        Assert.Contains("cuInit(0): CUDA_ERROR_NO_DEVICE (100), ", probe.Description, StringComparison.Ordinal);
        Assert.True(CudaDevice.Probe().Available);
    }

    [Theory]
    [InlineData("driver_version", 11070, 12040, "the NVIDIA driver is too old: it supports CUDA 11.7, ")]
    [InlineData("devices", 0, 1, "cuInit(0): CUDA_ERROR_NO_DEVICE (100), ")]
    [InlineData("compute_capability", 75, 80, " has compute capability 7.5, but the kernels need 8.0 or later")]
    [InlineData("total_memory", 128L << 20, 2L << 30, " MiB of 128 MiB free, at least 256 MiB are needed")]
    public void What_does_not_fit_is_told(string setting, long value, long before, string expected)
    {
        StandIn.Require();
        using IDisposable changed = StandIn.With(setting, value, before);
        CudaProbe probe = CudaDevice.Probe();
        Assert.False(probe.Available);
        Assert.Contains(expected, probe.Description, StringComparison.Ordinal);
        var error = Assert.Throws<DeviceException>(() => CudaDevice.Create());
        Assert.Equal(probe.Description, error.Message);
    }

    [Theory]
    [InlineData("cuDevicePrimaryCtxRetain")]
    [InlineData("cuCtxSetCurrent")]
    [InlineData("cuMemGetInfo_v2")]
    [InlineData("cuStreamCreate")]
    [InlineData("cuDeviceGetDefaultMemPool")]
    [InlineData("cuMemHostAlloc")]
    [InlineData("cuEventCreate")]
    [InlineData("cuMemAllocAsync")]
    [InlineData("cuMemsetD8Async")]
    public void A_device_that_cannot_be_made_leaves_nothing_behind(string function)
    {
        StandIn.Require();
        long handles = StandIn.LiveHandles;
        long allocations = StandIn.LiveAllocations;
        StandIn.FailNext(function, 400);
        var error = Assert.Throws<DeviceException>(() => CudaDevice.Create());
        Assert.StartsWith($"{function}(", error.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_INVALID_HANDLE (400), ", error.Message, StringComparison.Ordinal);
        Assert.Equal(handles, StandIn.LiveHandles);
        Assert.Equal(allocations, StandIn.LiveAllocations);
        Gpu.Create().Dispose();
    }

    [Fact]
    public void A_probe_leaves_nothing_behind()
    {
        StandIn.Require();
        long before = StandIn.LiveHandles;
        StandIn.ResetCounts();
        Assert.True(CudaDevice.Probe().Available);
        Assert.Equal(before, StandIn.LiveHandles);
        Assert.Equal(1, StandIn.Count("cuDevicePrimaryCtxRetain"));
        Assert.Equal(1, StandIn.Count("cuDevicePrimaryCtxRelease_v2"));
    }
}
