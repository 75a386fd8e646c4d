using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>Recorded work is a CUDA graph; timers use CUDA events.</remarks>
public sealed partial class CudaDevice
{
    /// <summary>
    /// True during the first run of work that is recorded: kernels are loaded, plans are created and memory is
    /// allocated, but nothing is submitted to the GPU.
    /// </summary>
    internal bool IsDry { get; private set; }

    /// <summary>
    /// True during the second run, in which the stream captures the work: nothing may be created or allocated.
    /// </summary>
    internal bool IsRecording { get; private set; }

    // Those that are not disposed.
    private int _recordings;

    /// <summary>
    /// Records the ops that <paramref name="work"/> calls on this device as one graph, without running them. The work
    /// is called twice: first dry, to prepare what its ops need, then to capture it.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The work synchronises with the device, copies from or to the host, allocates, or records or launches a
    /// recording.
    /// </exception>
    public override Recording Record(Action work)
    {
        ThrowIfRecording(nameof(Record));
        MakeCurrent();
        IsDry = true;
        try
        {
            work();
        }
        finally
        {
            IsDry = false;
        }

        using CudaGraph graph = Capture(work);
        Check(cuGraphInstantiateWithFlags(out nint executable, graph.Value, 0));
        _recordings++;
        return new RecordedGraph(this, new CudaExecutableGraph(_context, executable));
    }

    /// <inheritdoc/>
    public override DeviceTimer CreateTimer(int marks)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventTimer(this, marks);
    }

    /// <summary>The shortest time of some runs of library calls, which return a status, in seconds.</summary>
    /// <returns>The time, 0 for no runs; null if a call failed.</returns>
    internal double? Time(Func<int> calls, int runs)
    {
        using DeviceTimer timer = CreateTimer(2);
        double least = runs == 0 ? 0 : double.PositiveInfinity;
        for (int run = 0; run < runs; run++)
        {
            timer.Mark(0);
            if (calls() != 0)
            {
                return null;
            }

            timer.Mark(1);
            least = Math.Min(least, timer.Seconds(0, 1));
        }

        return least;
    }

    private CudaGraph Capture(Action work)
    {
        Check(cuStreamBeginCapture_v2(Stream, ThreadLocal));
        IsRecording = true;
        _memory.BeginDeferral();
        bool complete = false;
        nint graph = 0;
        DriverStatus status;
        try
        {
            work();
            complete = true;
        }
        finally
        {
            IsRecording = false;
            status = cuStreamEndCapture(Stream, out graph);
            if (!complete && graph != 0)
            {
                _ = cuGraphDestroy(graph);
            }

            _memory.EndDeferral();
        }

        Check(status, "cuStreamEndCapture(Stream, out graph)");
        return new CudaGraph(_context, graph);
    }

    private void ThrowIfRecording(string what)
    {
        if (IsRecording || IsDry)
        {
            throw new InvalidOperationException(
                $"{what} cannot be recorded: recorded work may call only ops of the device");
        }
    }

    private sealed class RecordedGraph(CudaDevice device, CudaExecutableGraph graph) : Recording
    {
        public override void Launch()
        {
            ObjectDisposedException.ThrowIf(graph.IsClosed, this);
            device.ThrowIfRecording("the launch of a recording");
            device.MakeCurrent();
            Check(cuGraphLaunch(graph.Value, device.Stream));
        }

        public override void Dispose()
        {
            if (!graph.IsClosed)
            {
                graph.Dispose();
                device._recordings--;
                device.FreeOutgrown();
            }
        }
    }

    private sealed class EventTimer : DeviceTimer
    {
        private readonly CudaDevice _device;
        private readonly CudaEvent[] _events;

        public EventTimer(CudaDevice device, int marks)
        {
            _device = device;
            _events = new CudaEvent[marks];
            for (int i = 0; i < marks; i++)
            {
                _events[i] = CudaEvent.Create(device._context, timing: true);
            }
        }

        public override void Mark(int index)
        {
            _device.ThrowIfRecording("a mark of a timer");
            _device.MakeCurrent();
            Check(cuEventRecord(_events[index].Value, _device.Stream));
        }

        public override double Seconds(int from, int to)
        {
            _device.ThrowIfRecording("the reading of a timer");
            _device.MakeCurrent();
            Check(cuEventSynchronize(_events[from].Value));
            Check(cuEventSynchronize(_events[to].Value));
            return _events[from].SecondsUntil(_events[to]);
        }

        public override void Dispose()
        {
            foreach (CudaEvent mark in _events)
            {
                mark.Dispose();
            }
        }
    }
}
