using System.Diagnostics;
using InfAdmm.Engine;

namespace InfAdmm.Bench.Scaling;

/// <summary>A process group that counts the time in which its process waits for the others.</summary>
internal sealed class TimedGroup(ProcessGroup group) : ProcessGroup
{
    public override int Rank => group.Rank;

    public override int Size => group.Size;

    /// <summary>The seconds in which this process waited.</summary>
    public double Waited { get; private set; }

    public override Task SumAsync(Memory<float> values) => group.SumAsync(values);

    public override void Sum(Span<double> values)
    {
        long start = Stopwatch.GetTimestamp();
        group.Sum(values);
        Waited += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public override Task SendAsync(Memory<float> values, int to) => group.SendAsync(values, to);

    public override Task ReceiveAsync(Memory<float> values, int from) => group.ReceiveAsync(values, from);

    public override Task BroadcastAsync(Memory<float> values, int from) => group.BroadcastAsync(values, from);

    public override void Wait(Task task)
    {
        long start = Stopwatch.GetTimestamp();
        group.Wait(task);
        Waited += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
