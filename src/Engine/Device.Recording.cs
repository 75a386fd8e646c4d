namespace InfAdmm.Engine;

/// <remarks>Work that is given to the device again and again, and the time that it takes there.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// Records the ops that <paramref name="work"/> gives to this device, without running them; each
    /// <see cref="Recording.Launch"/> runs them on the same tensors. On CUDA that is one launch of a graph. The work may
    /// be called more than once while it is recorded, so it must do nothing but call ops of this device, always the same
    /// ones: it allocates nothing, waits for nothing and keeps no count. The tensors must outlive the recording.
    /// </summary>
    /// <exception cref="InvalidOperationException">The work waits for the device or allocates on it.</exception>
    public virtual Recording Record(Action work) => new RepeatedWork(work);

    /// <summary>A clock for the work given to this device, with places for so many marks.</summary>
    public virtual DeviceTimer CreateTimer(int marks) => new HostTimer(this, marks);

    private sealed class RepeatedWork(Action work) : Recording
    {
        public override void Launch() => work();

        public override void Dispose()
        {
        }
    }

    private sealed class HostTimer(Device device, int marks) : DeviceTimer
    {
        private readonly long[] _marks = new long[marks];

        public override void Mark(int index)
        {
            device.Synchronize();
            _marks[index] = System.Diagnostics.Stopwatch.GetTimestamp();
        }

        public override double Seconds(int from, int to) =>
            System.Diagnostics.Stopwatch.GetElapsedTime(_marks[from], _marks[to]).TotalSeconds;

        public override void Dispose()
        {
        }
    }
}

/// <summary>Recorded work; made by <see cref="Device.Record"/>. Dispose it before the device.</summary>
public abstract class Recording : IDisposable
{
    /// <summary>Gives the work to the device once more.</summary>
    public abstract void Launch();

    /// <summary>Frees what was recorded.</summary>
    public abstract void Dispose();
}

/// <summary>
/// Points in time in the order of the work given to a device; made by <see cref="Device.CreateTimer"/>. Marking does not
/// wait for a GPU; reading does.
/// </summary>
public abstract class DeviceTimer : IDisposable
{
    /// <summary>Marks the time at which all work given so far is done.</summary>
    public abstract void Mark(int index);

    /// <summary>The seconds between two marks, waiting for the later one.</summary>
    public abstract double Seconds(int from, int to);

    /// <summary>Frees the marks.</summary>
    public abstract void Dispose();
}
