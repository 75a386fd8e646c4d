using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The CUDA backend: hand-written kernels, and cuDNN, cuBLAS and cuFFT if they are available and enabled. Create it
/// with <see cref="Create"/> and use it from one thread at a time. All work is submitted to one stream.
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

    /// <summary>0: the GPU executes the ops.</summary>
    public override int Threads => 0;

    /// <inheritdoc/>
    public override int LiveBuffers => _memory.Live;

    /// <summary>The options of this device.</summary>
    public CudaOptions Options { get; }

    /// <summary>The number of multiprocessors, and of blocks of a cooperative launch.</summary>
    internal int Multiprocessors { get; }

    /// <summary>The stream of all work.</summary>
    internal nint Stream => _stream.Value;

    /// <summary>Creates a device on a GPU.</summary>
    /// <exception cref="DeviceException">
    /// The GPU cannot be used; the message is that of <see cref="Probe"/>.
    /// </exception>
    public static CudaDevice Create(CudaOptions? options = null)
    {
        CudaOptions chosen = options ?? new CudaOptions();
        return CudaProbe.Refusal(chosen.Ordinal, out DeviceFacts? facts) is string refusal
            ? throw new DeviceException(refusal)
            : new CudaDevice(chosen, facts!);
    }

    /// <summary>
    /// Checks whether a GPU can be used. Returns a description of it, or the reason why it cannot be used with every
    /// library name that was tried. Keeps no resources.
    /// </summary>
    public static CudaProbe Probe(int ordinal = 0) => CudaProbe.Of(ordinal);

    /// <inheritdoc/>
    public override void Synchronize()
    {
        ThrowIfRecording(nameof(Synchronize));
        MakeCurrent();
        Check(cuStreamSynchronize(Stream));
    }

    /// <summary>Makes the context of the device current on the calling thread.</summary>
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

        // After a failed kernel every call fails: frees as much as possible and throws nothing.
        _disposed = true;
        DisposeLinks();
        if (_stream is not null && _context.TryMakeCurrent() == DriverStatus.Success)
        {
            _ = cuStreamSynchronize(Stream);
        }

        DisposeLibraries();
        DisposeModules();
        DisposeResidents();
        _memory?.Trim();
        _staging?.Dispose();
        _stream?.Dispose();
        _context.Dispose();
    }

    /// <summary>Frees the handles and plans of the libraries.</summary>
    partial void DisposeLibraries();
}
