using System.Text;
using System.Text.RegularExpressions;
using InfAdmm.Conformance;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// The stand-in's interpreter of PTX: what a single instruction gives, and that it reports bugs planted in copies of
/// modules. That it executes each kernel correctly is shown by the other tests with the setting <c>ptx</c>.
/// </summary>
public sealed class PtxTests
{
    private const int Count = 256;

    /// <summary>result[i] = the sum of x over the warp.</summary>
    private const string WarpSum = """
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry warp_sum(
            .param .align 8 .b8 warp_sum_param_0[32]
        )
        .maxntid 256, 1, 1
        {
            .reg .b32 %r<2>;
            .reg .f32 %f<11>;
            .reg .b64 %rd<6>;
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd1, %r1, 4;
            ld.param.u64 %rd2, [warp_sum_param_0];
            ld.param.u64 %rd3, [warp_sum_param_0+16];
            add.s64 %rd4, %rd2, %rd1;
            add.s64 %rd5, %rd3, %rd1;
            ld.global.f32 %f1, [%rd4];
            shfl.sync.bfly.b32 %f2, %f1, 16, 31, -1;
            add.f32 %f3, %f1, %f2;
            shfl.sync.bfly.b32 %f4, %f3, 8, 31, -1;
            add.f32 %f5, %f3, %f4;
            shfl.sync.bfly.b32 %f6, %f5, 4, 31, -1;
            add.f32 %f7, %f5, %f6;
            shfl.sync.bfly.b32 %f8, %f7, 2, 31, -1;
            add.f32 %f9, %f7, %f8;
            shfl.sync.bfly.b32 %f10, %f9, 1, 31, -1;
            add.f32 %f10, %f9, %f10;
            st.global.f32 [%rd5], %f10;
            ret;
        }

        """;

    private static readonly float[] Values = Gpu.Ramp(Count);

    [Fact]
    public void The_ptx_itself_runs()
    {
        using IDisposable setting = StandIn.UsePtx();
        using CudaDevice device = Gpu.Create();
        Planted.Load(device);
        Assert.Equal([-1, 3], Run(device, "planted_difference", [1, 5], [2, 2]));
    }

    /// <summary>A changed constant or instruction gives another result, which a comparison finds.</summary>
    [Fact]
    public void A_changed_instruction_is_executed_as_it_is_written()
    {
        using IDisposable setting = StandIn.UsePtx();
        using CudaDevice device = With("sub.f32 \t%f3, %f1, %f2;", "sub.f32 \t%f3, %f1, 0f3F800000;");
        Assert.Equal([0, 4], Run(device, "planted_difference", [1, 5], [2, 2]));
    }

    /// <summary>With ≤ instead of &lt;, a thread reads one element after the end.</summary>
    [Fact]
    public void A_changed_predicate_reads_outside_of_its_tensor() => AssertCaught(
        "planted_difference", "setp.ge.s64 \t%p1, %rd25, %rd4;", "setp.gt.s64 \t%p1, %rd25, %rd4;", "ILLEGAL_ADDRESS",
        "an access outside of all allocations to 4 bytes", count: Count - 1);

    [Fact]
    public void A_store_outside_of_a_tensor_is_caught() => AssertCaught(
        "planted_out_of_range", "", "", "ILLEGAL_ADDRESS", "an access outside of all allocations to 4 bytes",
        count: Count - 1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_missing_barrier_is_a_race(int order) => AssertCaught(
        "planted_correct_barrier", "\tbar.sync \t0;\n", "", "LAUNCH_FAILED",
        "access the same shared memory with no barrier between", order: order);

    [Fact]
    public void An_access_outside_of_shared_memory_is_caught() => AssertCaught(
        "planted_correct_barrier", "tile[1024]", "tile[1020]", "ILLEGAL_ADDRESS",
        "an access outside of all allocations to 4 bytes at 0x");

    [Fact]
    public void A_divergent_barrier_is_caught() => AssertCaught(
        "planted_divergent_barrier", "", "", "LAUNCH_FAILED", "a barrier that some threads of the block never reach");

    [Fact]
    public void A_shuffle_from_a_lane_that_left_is_caught() => AssertCaught(
        "planted_divergent_shuffle", "", "", "LAUNCH_FAILED", "a shuffle");

    [Fact]
    public void A_shuffle_whose_mask_does_not_name_its_lanes_is_caught() => AssertCaught(
        "warp_sum", "16, 31, -1;", "16, 31, 65535;", "LAUNCH_FAILED", "than its mask 0xffff names", module: WarpSum);

    /// <summary>With a clamp of 15, lanes of the lower half read their own value instead of the upper half's.</summary>
    [Fact]
    public void A_shuffle_with_another_clamp_gives_another_sum()
    {
        using IDisposable setting = StandIn.UsePtx();
        float expected = Values.Take(32).Sum();
        Assert.Equal(expected, Sum(WarpSum));
        Assert.NotEqual(expected, Sum(WarpSum.Replace("16, 31, -1;", "16, 15, -1;", StringComparison.Ordinal)));

        static float Sum(string module)
        {
            using CudaDevice device = Gpu.Create();
            device.LoadModule("planted", Encoding.ASCII.GetBytes(module));
            return Run(device, "warp_sum", Values, Values)[0];
        }
    }

    [Theory]
    [InlineData(@"(ld\.global\.v4\.f32[^;]*)\]")]
    [InlineData(@"(st\.global\.v4\.f32[^;]*)\]")]
    public void A_misaligned_wide_access_is_caught(string pattern)
    {
        string module = Regex.Replace(Embedded("elementwise"), pattern, "$1+4]");
        using IDisposable setting = StandIn.UsePtx();
        using CudaDevice device = Gpu.Create();
        device.LoadModule("elementwise", Encoding.ASCII.GetBytes(module));
        using Tensor x = device.Allocate(Shape.Vector(1 << 16));
        using Tensor y = device.Allocate(Shape.Vector(1 << 16));
        var caught = Assert.Throws<DeviceException>(() =>
        {
            device.Scale(2, x, y);
            device.Synchronize();
        });
        Assert.Contains("MISALIGNED_ADDRESS", caught.Message, StringComparison.Ordinal);
        Assert.Contains("a misaligned access to 16 bytes", StandIn.LastFault, StringComparison.Ordinal);
    }

    /// <summary>Block 0 adds one less than it must, so that the bit for which all blocks wait does not flip.</summary>
    [Fact]
    public void A_grid_barrier_that_never_opens_is_caught()
    {
        const string Case = "solve gram";
        OpCase item = Suite.Cases.Values.First(each => each.Name.StartsWith(Case, StringComparison.OrdinalIgnoreCase));
        string module = Replace(Embedded("inner_loops"), "-2147483647", "-2147483648", "solve_gram");
        using IDisposable setting = StandIn.UsePtx();
        using CudaDevice device = Gpu.Create();
        device.LoadModule("inner_loops", Encoding.ASCII.GetBytes(module));
        var caught = Assert.Throws<DeviceException>(() => Suite.Check(device, item));
        Assert.Contains("LAUNCH_TIMEOUT", caught.Message, StringComparison.Ordinal);
        Assert.Contains("blocks that wait for each other for ever", StandIn.LastFault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sub.f32 \t%f3, %f1, %f2;", "sub.ftz.f32 \t%f3, %f1, %f2;", "line 54: unknown instruction sub.ftz.f32")]
    [InlineData("sub.f32 \t%f3, %f1, %f2;", "sub.f32 \t%f3, %f1, %rd2;", "line 54: %rd2 has the wrong type")]
    [InlineData("%tid.x", "%laneid", "line 28: unknown register %laneid")]
    [InlineData("bar.sync \t0;", "bar.sync \t1, 64;", "line 202: 1 operands expected")]
    [InlineData(".maxntid 256, 1, 1", ".reqntid 256, 1, 1", "line 17: unknown directive '.reqntid 256, 1, 1")]
    public void What_it_does_not_know_is_refused_with_its_line(string text, string with, string message)
    {
        using IDisposable setting = StandIn.UsePtx();
        using CudaDevice device = Gpu.Create();
        string module = Replace(Planted.Text, text, with);
        var error = Assert.Throws<DeviceException>(() => device.LoadModule("planted", Encoding.ASCII.GetBytes(module)));
        Assert.Contains("planted.ptx", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static void AssertCaught(
        string kernel, string text, string with, string status, string message, int count = Count, int order = 0,
        string? module = null)
    {
        using IDisposable setting = StandIn.UsePtx();
        using IDisposable descending = StandIn.With("thread_order", order, 0);
        using CudaDevice device = Gpu.Create();
        device.LoadModule("planted", Encoding.ASCII.GetBytes(Replace(module ?? Planted.Text, text, with, kernel)));
        var caught = Assert.Throws<DeviceException>(() => Run(device, kernel, Values[..count], Values[..count]));
        Assert.Contains(status, caught.Message, StringComparison.Ordinal);
        Assert.Contains($"kernel {kernel}: ", StandIn.LastFault, StringComparison.Ordinal);
        Assert.Contains(message, StandIn.LastFault, StringComparison.Ordinal);
    }

    /// <summary>Replaces the first occurrence after the beginning of a kernel.</summary>
    private static string Replace(string module, string text, string with, string kernel = "")
    {
        if (text == "")
        {
            return module;
        }

        int begin = kernel == "" ? 0 : module.IndexOf($".entry {kernel}(", StringComparison.Ordinal);
        int at = module.IndexOf(text, begin, StringComparison.Ordinal);
        Assert.True(begin >= 0 && at >= 0, $"the module has no '{text}'");
        return module.Remove(at, text.Length).Insert(at, with);
    }

    private static CudaDevice With(string text, string with)
    {
        CudaDevice device = Gpu.Create();
        device.LoadModule("planted", Encoding.ASCII.GetBytes(Replace(Planted.Text, text, with)));
        return device;
    }

    private static float[] Run(CudaDevice device, string kernel, float[] x, float[] y)
    {
        using Tensor left = device.Vector(x);
        using Tensor right = device.Vector(y);
        using Tensor result = device.AllocateZeros(Shape.Vector(x.Length));
        device.LaunchPlanted(kernel, left, right, result);
        return result.ToArray();
    }

    private static string Embedded(string module)
    {
        using Stream stream = typeof(CudaDevice).Assembly.GetManifestResourceStream($"{module}.ptx")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
