using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;
using static InfAdmm.Kernels.Cuda.Interop.Nccl;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Adds up memory of the GPUs of a process group, each with a GPU of its own, by NCCL. The sums run on a stream of their own,
/// which waits for the stream of the device at each start and not otherwise. The processes are connected at the first sum,
/// when all of them are there.
/// </summary>
internal sealed class NcclLink : IDisposable
{
    private readonly ProcessGroup _group;
    private readonly PrimaryContext _context;
    private readonly CudaStream _work;
    private readonly CudaStream _sums;

    // Where a sum may start, where the first sum of a round starts, and the ends of the work and of the sums of the round.
    private readonly CudaEvent _isReady;
    private readonly CudaEvent _start;
    private readonly CudaEvent _workEnd;
    private readonly CudaEvent _sumsEnd;
    private NcclComm? _comm;
    private bool _isRunning;
    private ProcessGroupException? _failure;

    /// <summary>Finds NCCL; connects to no process yet.</summary>
    /// <param name="group">The processes, which also tell each other how to connect.</param>
    /// <param name="context">The context of the GPU.</param>
    /// <param name="work">The stream of the device.</param>
    /// <exception cref="InputException">There is no NCCL, or it is too old.</exception>
    public NcclLink(ProcessGroup group, PrimaryContext context, CudaStream work)
    {
        CheckLibrary();
        _group = group;
        _context = context;
        _work = work;
        _sums = CudaStream.Create(context);
        _isReady = CudaEvent.Create(context, timing: false);
        _start = CudaEvent.Create(context, timing: true);
        _workEnd = CudaEvent.Create(context, timing: true);
        _sumsEnd = CudaEvent.Create(context, timing: true);
    }

    /// <summary>Starts to replace values by their sums, after the work of the device so far.</summary>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public void Start(DevicePointer values, int count)
    {
        ThrowIfFailed();
        _comm ??= Connect();
        Driver.Check(cuEventRecord(_isReady.Value, _work.Value));
        Driver.Check(cuStreamWaitEvent(_sums.Value, _isReady.Value, 0));
        if (!_isRunning)
        {
            Driver.Check(cuEventRecord(_start.Value, _sums.Value));
        }

        _isRunning = true;
        Nccl.Check(ncclAllReduce(values, values, (nuint)count, Float32, Nccl.Sum, _comm, _sums.Value));
    }

    /// <summary>Waits for all sums that were started, and for the work of the device.</summary>
    /// <returns>
    /// The seconds from the start of the first sum to the end of the last one, and those of them after the end of the work.
    /// </returns>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public (double Sums, double Exposed) Finish()
    {
        ThrowIfFailed();
        if (!_isRunning)
        {
            return (0, 0);
        }

        Driver.Check(cuEventRecord(_workEnd.Value, _work.Value));
        Driver.Check(cuEventRecord(_sumsEnd.Value, _sums.Value));

        // A wait in the driver would never end if a process is lost.
        var wait = new SpinWait();
        bool isDone;
        do
        {
            DriverStatus status = cuEventQuery(_sumsEnd.Value);
            isDone = status != DriverStatus.NotReady;
            Driver.Check(isDone ? status : DriverStatus.Success, "cuEventQuery, the end of the sums over the processes");
            ThrowIfFailed();
            wait.SpinOnce(sleep1Threshold: -1);
        }
        while (!isDone);

        _isRunning = false;
        Driver.Check(cuEventSynchronize(_workEnd.Value));
        double exposed = Math.Max(_workEnd.SecondsUntil(_sumsEnd), 0);
        double sums = _start.SecondsUntil(_sumsEnd);
        return (sums, Math.Min(exposed, sums));
    }

    /// <summary>Leaves the other processes; those that still add up with this one lose it.</summary>
    public void Dispose()
    {
        if (_isRunning)
        {
            _comm?.Abort();
        }

        _comm?.Dispose();
        _isReady.Dispose();
        _start.Dispose();
        _workEnd.Dispose();
        _sumsEnd.Dispose();
        _sums.Dispose();
    }

    private static void CheckLibrary()
    {
        const string Remedy = $"install NVIDIA's package libnccl2, or name its folder in {NativeLibraries.PathVariable}";
        NativeLibrarySearch library = NativeLibraries.Find(NativeLibraries.Nccl);
        if (!library.IsFound)
        {
            throw new InputException($"GPUs of several processes need NCCL, which was not found ({library.Tried}): {Remedy}");
        }

        Nccl.Check(ncclGetVersion(out int version));
        if (version < OldestVersion)
        {
            throw new InputException(
                $"GPUs of several processes need NCCL {OldestVersion / 10000}.{OldestVersion / 100 % 100} or later, and " +
                $"{library.File} is older (version code {version}): {Remedy}");
        }
    }

    private unsafe NcclComm Connect()
    {
        NcclUniqueId id = default;
        if (_group.IsFirst)
        {
            Nccl.Check(ncclGetUniqueId(out id));
        }

        // One float for each byte, since a library may change the bits of what is not a number.
        float[] bytes = new float[NcclUniqueId.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = id.Bytes[i];
        }

        _group.Wait(_group.BroadcastAsync(bytes, from: 0));
        for (int i = 0; i < bytes.Length; i++)
        {
            id.Bytes[i] = (byte)bytes[i];
        }

        _context.MakeCurrent();
        Nccl.Check(ncclCommInitRank(out NcclComm comm, _group.Size, id, _group.Rank));
        return comm;
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        try
        {
            if (_comm is not null)
            {
                int status = ncclCommGetAsyncError(_comm, out int error);
                error = status != 0 ? status : error;
                if (error is not (0 or InProgress))
                {
                    throw new ProcessGroupException($"a process was lost, or the way to it: NCCL reports {Describe(error)}");
                }
            }

            _group.ThrowIfLost();
        }
        catch (ProcessGroupException failure)
        {
            _failure = failure;
            _comm?.Abort();
            throw;
        }
    }
}
