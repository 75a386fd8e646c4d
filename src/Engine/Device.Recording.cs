namespace InfAdmm.Engine;

/// <remarks>Recorded work that can be launched repeatedly, and device timers.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// Records the ops that <paramref name="work"/> calls on this device, without running them; each
    /// <see cref="Recording.Launch"/> runs them on the same tensors. On CUDA a launch is one graph launch. The work may
    /// be called more than once while it is recorded, so it must only call ops of this device, the same ones each time:
    /// it must not allocate, synchronise or change any state. The tensors must outlive the recording.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The work synchronises with the device or allocates on it.
    /// </exception>
    public virtual Recording Record(Action work) => new RepeatedWork(work);

    /// <summary>Creates a timer for work on this device with the given number of marks.</summary>
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

/// <summary>Recorded work, created by <see cref="Device.Record"/>. Dispose it before the device.</summary>
public abstract class Recording : IDisposable
{
    /// <summary>Runs the recorded work once.</summary>
    public abstract void Launch();

    /// <summary>Frees the recording.</summary>
    public abstract void Dispose();
}

/// <summary>
/// Time stamps in the order of the work on a device, created by <see cref="Device.CreateTimer"/>. On a GPU,
/// <see cref="Mark"/> does not wait for the work before it; <see cref="Seconds"/> does.
/// </summary>
public abstract class DeviceTimer : IDisposable
{
    /// <summary>Records the time at which all work so far is done.</summary>
    public abstract void Mark(int index);

    /// <summary>The seconds between two marks. Waits for the later one.</summary>
    public abstract double Seconds(int from, int to);

    /// <summary>Frees the marks.</summary>
    public abstract void Dispose();
}
