using System.Globalization;
using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// Instructions of the stand-in's interpreter where the PTX manual states what a simple implementation would miss. The
/// operands are the bits of x and y; %r1 and %f1 have those of x, %r2 and %f2 those of y; the result is %r3.
/// </summary>
public sealed class PtxInstructionTests
{
    private const int Threads = 64;

    private const string Module = """
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry one(
            .param .align 8 .b8 one_param_0[32]
        )
        .maxntid 256, 1, 1
        {
            .reg .pred %p<3>;
            .reg .b16 %rs<3>;
            .reg .b32 %r<6>;
            .reg .f32 %f<4>;
            .reg .b64 %rd<8>;
            .reg .f64 %fd<4>;
            mov.u32 %r4, %tid.x;
            setp.ge.s32 %p1, %r4, 64;
            @%p1 ret;
            mul.wide.u32 %rd1, %r4, 4;
            ld.param.u64 %rd2, [one_param_0];
            ld.param.u64 %rd3, [one_param_0+8];
            ld.param.u64 %rd4, [one_param_0+16];
            add.s64 %rd5, %rd2, %rd1;
            add.s64 %rd6, %rd3, %rd1;
            add.s64 %rd7, %rd4, %rd1;
            ld.global.u32 %r1, [%rd5];
            ld.global.f32 %f1, [%rd5];
            ld.global.u32 %r2, [%rd6];
            ld.global.f32 %f2, [%rd6];
            mov.u32 %r3, 77;
            BODY
            st.global.u32 [%rd7], %r3;
            ret;
        }

        """;

    [Theory]
    [InlineData("cvt.rzi.s32.f32 %r3, %f1;", "7fc00000", "0", "00000000")]
    [InlineData("cvt.rzi.s32.f32 %r3, %f1;", "4f32d05e", "0", "7fffffff")]
    [InlineData("cvt.rzi.s32.f32 %r3, %f1;", "cf32d05e", "0", "80000000")]
    [InlineData("cvt.rzi.s32.f32 %r3, %f1;", "bff33333", "0", "ffffffff")]
    [InlineData("cvt.rn.f32.s32 %f3, %r1; mov.b32 %r3, %f3;", "01000001", "0", "4b800000")]
    [InlineData("cvt.u16.u32 %rs1, %r1; cvt.s32.s16 %r3, %rs1;", "00018000", "0", "ffff8000")]
    [InlineData("shl.b32 %r3, %r1, %r2;", "1", "21", "00000000")]
    [InlineData("shr.u32 %r3, %r1, %r2;", "80000000", "20", "00000000")]
    [InlineData("shr.s32 %r3, %r1, %r2;", "80000000", "28", "ffffffff")]
    [InlineData("bfe.u32 %r3, %r1, 4, 8;", "abcd", "0", "000000bc")]
    [InlineData("div.s32 %r3, %r1, %r2;", "fffffff9", "2", "fffffffd")]
    [InlineData("rem.s32 %r3, %r1, %r2;", "fffffff9", "2", "ffffffff")]
    [InlineData("div.u32 %r3, %r1, %r2;", "fffffff9", "2", "7ffffffc")]
    [InlineData("div.s32 %r3, %r1, %r2;", "80000000", "ffffffff", "80000000")]
    [InlineData("mul.hi.s32 %r3, %r1, %r2;", "80000000", "2", "ffffffff")]
    [InlineData("mad.lo.s32 %r3, %r1, %r2, -1;", "10001", "10001", "00020000")]
    [InlineData("min.s32 %r3, %r1, %r2;", "ffffffff", "1", "ffffffff")]
    [InlineData("min.u32 %r3, %r1, %r2;", "ffffffff", "1", "00000001")]

    // (1 + 2⁻¹²)² − (1 + 2⁻¹¹) is 2⁻²⁴ if it is rounded once, and 0 if twice.
    [InlineData("fma.rn.f32 %f3, %f1, %f1, %f2; mov.b32 %r3, %f3;", "3f800800", "bf801000", "33800000")]
    [InlineData("mul.f32 %f3, %f1, %f1; add.f32 %f3, %f3, %f2; mov.b32 %r3, %f3;", "3f800800", "bf801000", "00000000")]

    // Subnormal numbers stay.
    [InlineData("mul.f32 %f3, %f1, 0f3F800000; mov.b32 %r3, %f3;", "1", "0", "00000001")]
    [InlineData("rcp.rn.f32 %f3, %f1; mov.b32 %r3, %f3;", "7e800000", "0", "00800000")]
    [InlineData("setp.lt.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "7fc00000", "0", "00000000")]
    [InlineData("setp.ne.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "7fc00000", "0", "00000000")]
    [InlineData("setp.neu.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "7fc00000", "0", "00000001")]
    [InlineData("setp.leu.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "7fc00000", "0", "00000001")]
    [InlineData("setp.leu.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "3f800000", "0", "00000000")]
    [InlineData("setp.num.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "7fc00000", "0", "00000000")]
    [InlineData("setp.nan.f32 %p2, %f1, %f2; selp.b32 %r3, 1, 0, %p2;", "0", "7fc00000", "00000001")]
    [InlineData("setp.eq.s32 %p2, %r1, 5; @%p2 mov.u32 %r3, %r2;", "5", "9", "00000009")]
    [InlineData("setp.eq.s32 %p2, %r1, 5; @!%p2 mov.u32 %r3, %r2;", "5", "9", "0000004d")]
    [InlineData("mov.b64 %rd1, {%r1, %r2}; { .reg .b32 t; mov.b64 {t, %r3}, %rd1; }", "5", "9", "00000009")]

    // Two halves of a warp part, and join for the shuffle.
    [InlineData(
        "and.b32 %r5, %r4, 1; setp.eq.s32 %p2, %r5, 0; @%p2 bra EVEN; mov.u32 %r3, %r1; bra.uni JOIN; EVEN: "
        + "mov.u32 %r3, %r2; JOIN: shfl.sync.bfly.b32 %r5, %r3, 1, 31, -1; add.s32 %r3, %r3, %r5;",
        "5", "9", "0000000e")]
    public void An_instruction_does_what_the_manual_says(string body, string x, string y, string expected)
    {
        using IDisposable setting = StandIn.UsePtx();
        foreach (string result in Run(body, x, y))
        {
            Assert.Equal(expected, result);
        }
    }

    [Theory]
    [InlineData("div.s32 %r3, %r1, %r2;", "5", "0", "a division by zero")]
    [InlineData("LOOP: bra LOOP;", "5", "0", "a loop that does not end")]
    [InlineData("ld.u32 %r3, [%rd1];", "5", "0", "an access outside of all allocations to 4 bytes")]
    public void What_is_undefined_ends_the_launch(string body, string x, string y, string message)
    {
        using IDisposable setting = StandIn.UsePtx();
        Assert.Throws<DeviceException>(() => Run(body, x, y));
        Assert.Contains(message, StandIn.LastFault, StringComparison.Ordinal);
    }

    private static string[] Run(string body, string x, string y)
    {
        using CudaDevice device = Gpu.Create();
        string module = Module.Replace("BODY", body, StringComparison.Ordinal);
        device.LoadModule("planted", Encoding.ASCII.GetBytes(module));
        using Tensor left = device.Vector(Repeated(x));
        using Tensor right = device.Vector(Repeated(y));
        using Tensor result = device.AllocateZeros(Shape.Vector(Threads));
        device.LaunchPlanted("one", left, right, result);
        return [.. result.ToArray().Select(value => $"{BitConverter.SingleToUInt32Bits(value):x8}")];
    }

    private static float[] Repeated(string bits)
    {
        uint value = uint.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return [.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(value), Threads)];
    }
}
