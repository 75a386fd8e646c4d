namespace InfAdmm.Engine;

/// <summary>
/// The processes that compute one result together, each on a part of the data. All of them must call the same methods in
/// the same order; a call returns when this process has its result. One thread at a time may use a group.
/// </summary>
public abstract class ProcessGroup : IDisposable
{
    /// <summary>The group of a process that computes alone.</summary>
    public static ProcessGroup Alone { get; } = new SingleProcess();

    /// <summary>The number of this process, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>The number of processes.</summary>
    public abstract int Size { get; }

    /// <summary>The number of this process among those on its machine, from 0: <see cref="Rank"/> if all are on one.</summary>
    public virtual int LocalRank => Rank;

    /// <summary>The number of processes on this machine.</summary>
    public virtual int LocalSize => Size;

    /// <summary>Whether this process is the one that writes files and reports.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>
    /// Starts to add up values of all processes, element by element. The order of the additions is not fixed, but all
    /// processes get the same bits.
    /// </summary>
    /// <param name="values">
    /// The values of this process, replaced by the sums. Must not be used before the task has ended.
    /// </param>
    /// <exception cref="ProcessGroupException">The task fails with it: a process was lost.</exception>
    public abstract Task SumAsync(Memory<float> values);

    /// <summary>Adds up values of all processes, element by element.</summary>
    /// <param name="values">The values of this process, replaced by the sums.</param>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public abstract void Sum(Span<double> values);

    /// <summary>Starts to send values to a process, which receives as many.</summary>
    /// <param name="values">The values, which must not change before the task has ended.</param>
    /// <param name="to">The rank of the receiver.</param>
    /// <exception cref="ProcessGroupException">The task fails with it: a process was lost.</exception>
    public abstract Task SendAsync(Memory<float> values, int to);

    /// <summary>Starts to receive values from a process. Values of one sender arrive in the order of its calls.</summary>
    /// <param name="values">Receives the values.</param>
    /// <param name="from">The rank of the sender.</param>
    /// <exception cref="ProcessGroupException">The task fails with it: a process was lost.</exception>
    public abstract Task ReceiveAsync(Memory<float> values, int from);

    /// <summary>Starts to copy the values of one process to all others.</summary>
    /// <param name="values">The values, or the place for them.</param>
    /// <param name="from">The rank of the process that has them.</param>
    /// <exception cref="ProcessGroupException">The task fails with it: a process was lost.</exception>
    public abstract Task BroadcastAsync(Memory<float> values, int from);

    /// <summary>Waits for a task of this group, which may then use the time of this thread.</summary>
    /// <param name="task">The task.</param>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public virtual void Wait(Task task) => task.GetAwaiter().GetResult();

    /// <summary>Throws if a process was lost; for a wait on what the processes do together outside of this group.</summary>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public virtual void ThrowIfLost()
    {
    }

    /// <summary>Returns one value of each process, in the order of ranks.</summary>
    /// <param name="value">The value of this process.</param>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public double[] Gather(double value)
    {
        // Each place has one value that is not 0, so that the sum is exact.
        double[] values = new double[Size];
        values[Rank] = value;
        Sum(values);
        return values;
    }

    /// <summary>
    /// Leaves the group. Waits for the others, which may still write files: a launcher ends them with the first process that
    /// fails.
    /// </summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>See <see cref="Dispose()"/>.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    private sealed class SingleProcess : ProcessGroup
    {
        public override int Rank => 0;

        public override int Size => 1;

        public override Task SumAsync(Memory<float> values) => Task.CompletedTask;

        public override void Sum(Span<double> values)
        {
        }

        public override Task SendAsync(Memory<float> values, int to) => throw NoOther();

        public override Task ReceiveAsync(Memory<float> values, int from) => throw NoOther();

        public override Task BroadcastAsync(Memory<float> values, int from) => Task.CompletedTask;

        private static InvalidOperationException NoOther() => new("there is no other process");
    }
}

/// <summary>A process group failed: a process was lost, or the library that connects them reports an error.</summary>
public sealed class ProcessGroupException : Exception
{
    /// <summary>Creates the exception with a message.</summary>
    public ProcessGroupException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    public ProcessGroupException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
