namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>The allocator of the CPU backend.</summary>
public sealed class CpuMemoryTests
{
    /// <summary>Catches memory that grows with every new size: blocks of each length kept for ever.</summary>
    [Fact]
    public void Two_hundred_sizes_take_no_more_than_the_largest()
    {
        var memory = new CpuMemory();
        long largest = 0;
        for (int i = 0; i < 200; i++)
        {
            long length = 100_000 + 997 * (i * 37 % 200);
            nint[] blocks = [.. Enumerable.Range(0, 60).Select(_ => memory.Take(length))];
            Array.ForEach(blocks, block => memory.Return(length, block));
            largest = Math.Max(largest, 60 * length);
            Assert.True(memory.Length <= largest + (1 << 20), $"{memory.Length} elements are held, {largest} are enough");
        }

        Assert.Equal(0, memory.Live);
        memory.Close();
        Assert.Equal(0, memory.Length);
    }

    /// <summary>Catches blocks that are freed though the same sizes are wanted again: page faults in every step.</summary>
    [Fact]
    public void The_same_sizes_get_the_same_blocks_again()
    {
        var memory = new CpuMemory();
        long[] lengths = [5_000_000, 3_000_000, 1_000_000, 3_000_000];
        nint[] first = TakeAll();
        for (int step = 0; step < 3; step++)
        {
            for (int i = 0; i < lengths.Length; i++)
            {
                memory.Return(lengths[i], first[i]);
            }

            Assert.Equal(first.Order(), TakeAll().Order());
        }

        memory.FreeAll();

        nint[] TakeAll() => [.. lengths.Select(memory.Take)];
    }

    /// <summary>Catches a block that is given out twice after it was returned twice.</summary>
    [Fact]
    public void A_block_returned_twice_is_kept_once()
    {
        var memory = new CpuMemory();
        nint block = memory.Take(100);
        memory.Return(100, block);
        memory.Return(100, block);
        Assert.NotEqual(memory.Take(100), memory.Take(100));
        memory.FreeAll();
    }
}
