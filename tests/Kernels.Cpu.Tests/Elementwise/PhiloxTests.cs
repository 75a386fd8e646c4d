using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>
/// The generator's reference against the known answers published with Random123 (kat_vectors, philox4x32 10).
/// </summary>
public sealed class PhiloxTests
{
    [Fact]
    public void Reference_gives_the_published_words()
    {
        uint all = uint.MaxValue;
        Assert.Equal([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8], TrainingCases.Philox([0, 0, 0, 0], [0, 0]));
        Assert.Equal(
            [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
            TrainingCases.Philox([all, all, all, all], [all, all]));
        Assert.Equal(
            [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
            TrainingCases.Philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]));
    }
}
