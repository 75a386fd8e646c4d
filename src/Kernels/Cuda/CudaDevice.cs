using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The CUDA backend: kernels of our own, and cuDNN, cuBLAS and cuFFT where they are there and asked for. Made by
/// <see cref="Create"/>; used by one thread at a time. All work goes to one stream.
/// </summary>
public sealed partial class CudaDevice : Device
{
    private readonly PrimaryContext _context;
    private readonly CudaStream _stream;
    private readonly CudaMemory _memory;
    private readonly Staging _staging;
    private bool _disposed;

    private CudaDevice(CudaOptions options, DeviceFacts facts)
    {
        Options = options;
        Name = facts.Name;
        Multiprocessors = facts.Multiprocessors;
        _context = PrimaryContext.Retain(facts.Device);
        try
        {
            if (facts.RefusalFor(_context) is string refusal)
            {
                throw new DeviceException(refusal);
            }

            _stream = CudaStream.Create(_context);
            _memory = new CudaMemory(_context, _stream, facts.Device);
            _residents = new CudaMemory(_context, _stream, facts.Device);
            _staging = new Staging(_context, _stream);
            _counters = CreateCounters();
            _libraries = new CudaLibraries(Resident, Stream, options);
        }
        catch
        {
            DisposeCore();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>None: the GPU executes the ops.</summary>
    public override int Threads => 0;

    /// <inheritdoc/>
    public override int LiveBuffers => _memory.Live;

    /// <summary>How this device computes.</summary>
    public CudaOptions Options { get; }

    /// <summary>The count of multiprocessors: blocks of a cooperative launch.</summary>
    internal int Multiprocessors { get; }

    /// <summary>The stream of all work.</summary>
    internal nint Stream => _stream.Value;

    /// <summary>Creates a device on a GPU that <see cref="Probe"/> found fit.</summary>
    /// <exception cref="DeviceException">There is no such GPU, with the reason that <see cref="Probe"/> gives.</exception>
    public static CudaDevice Create(CudaOptions? options = null)
    {
        CudaOptions chosen = options ?? new CudaOptions();
        return CudaProbe.Refusal(chosen.Ordinal, out DeviceFacts? facts) is string refusal
            ? throw new DeviceException(refusal)
            : new CudaDevice(chosen, facts!);
    }

    /// <summary>
    /// Says whether a GPU can be used, and what is there, or the reason why not with every name tried. Leaves nothing
    /// behind.
    /// </summary>
    public static CudaProbe Probe(int ordinal = 0) => CudaProbe.Of(ordinal);

    /// <inheritdoc/>
    public override void Synchronize()
    {
        ThrowIfRecording(nameof(Synchronize));
        MakeCurrent();
        Check(cuStreamSynchronize(Stream));
    }

    /// <summary>Makes the device's context that of the calling thread, for calls into libraries.</summary>
    internal void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _context.MakeCurrent();
    }

    /// <inheritdoc/>
    protected override void DisposeCore()
    {
        if (_disposed)
        {
            return;
        }

        // After a failed kernel every call fails: what can be freed is freed, and nothing is thrown.
        _disposed = true;
        if (_stream is not null && _context.TryMakeCurrent() == DriverStatus.Success)
        {
            _ = cuStreamSynchronize(Stream);
        }

        DisposeLibraries();
        DisposeModules();
        DisposeResidents();
        _staging?.Dispose();
        _stream?.Dispose();
        _context.Dispose();
    }

    /// <summary>Frees the handles and plans of the libraries.</summary>
    partial void DisposeLibraries();
}
