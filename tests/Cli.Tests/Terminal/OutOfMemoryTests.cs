using System.CommandLine;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Tests;

/// <summary>What a command says when memory is short.</summary>
public sealed class OutOfMemoryTests
{
    [Theory]
    [InlineData("restore", "--tile")]
    [InlineData("train prior", "--batch")]
    [InlineData("laplace", "--size")]
    [InlineData("explain", "--size")]
    [InlineData("degrade", null)]
    public void The_option_that_decides_is_named(string words, string? option)
    {
        using var streams = new StringWriter();
        Command command = CommandTree.Create(new Streams(streams, streams), TestContext.Current.CancellationToken)
            .Parse(words).CommandResult.Command;

        Assert.Equal(option, OutOfMemory.OptionOf(command));
    }

    [Fact]
    public void The_message_says_what_to_change()
    {
        var failure = new DeviceException("out of memory: 4.0 MiB could not be allocated") { IsOutOfMemory = true };

        Assert.True(OutOfMemory.Is(failure));
        Assert.False(OutOfMemory.Is(new DeviceException("the device is lost")));
        Assert.Equal(
            "out of memory: 4.0 MiB could not be allocated: use a smaller value for --tile",
            OutOfMemory.Describe(failure, "--tile"));
        Assert.Equal("out of memory: use a smaller picture", OutOfMemory.Describe(new InsufficientMemoryException(), null));
    }
}
