using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Copies between host and GPU through two pinned buffers: the processor fills or empties one while the copy engine
/// uses the other.
/// </summary>
internal sealed unsafe class Staging : IDisposable
{
    private const int Length = 1 << 20;
    private readonly PrimaryContext _context;
    private readonly CudaStream _stream;
    private readonly nint[] _buffers = new nint[2];
    private readonly CudaEvent[] _done = new CudaEvent[2];

    // Uploads fill the current buffer one after another, and wait for the other one only when it is full.
    private int _current;
    private int _filled;

    /// <summary>Allocates the buffers.</summary>
    public Staging(PrimaryContext context, CudaStream stream)
    {
        _context = context;
        _stream = stream;
        try
        {
            for (int i = 0; i < 2; i++)
            {
                _done[i] = CudaEvent.Create(context, timing: false);
                Check(cuMemHostAlloc(out _buffers[i], Length * sizeof(float), 0));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Copies to the GPU in stream order. The values may be changed on return.</summary>
    public void Upload(ReadOnlySpan<float> values, DevicePointer destination)
    {
        _context.MakeCurrent();
        while (values.Length > 0)
        {
            if (_filled == Length)
            {
                Check(cuEventRecord(_done[_current].Value, _stream.Value));
                _current = 1 - _current;
                _filled = 0;
                Check(cuEventSynchronize(_done[_current].Value));
            }

            int count = Math.Min(values.Length, Length - _filled);
            float* piece = (float*)_buffers[_current] + _filled;
            nuint bytes = (nuint)count * sizeof(float);
            values[..count].CopyTo(new Span<float>(piece, count));
            Check(cuMemcpyHtoDAsync_v2(destination.Value, (nint)piece, bytes, _stream.Value));
            _filled += count;
            values = values[count..];
            destination = destination.Plus((long)bytes);
        }
    }

    /// <summary>Copies from the GPU; waits for all work before it. Both buffers are free afterwards.</summary>
    public void Download(DevicePointer source, Span<float> values)
    {
        // Earlier uploads leave the buffers before, in stream order.
        _context.MakeCurrent();
        int pieces = (int)(((long)values.Length + Length - 1) / Length);
        for (int piece = 0; piece <= pieces; piece++)
        {
            if (piece < pieces)
            {
                BeginDownload(piece, values.Length, source);
            }

            if (piece > 0)
            {
                EndDownload(piece - 1, values);
            }
        }

        _current = 0;
        _filled = 0;
    }

    /// <summary>Frees the buffers; no copy may be in progress.</summary>
    public void Dispose()
    {
        for (int i = 0; i < 2; i++)
        {
            _done[i]?.Dispose();
            if (_buffers[i] != 0 && _context.TryMakeCurrent() == DriverStatus.Success)
            {
                _ = cuMemFreeHost(_buffers[i]);
                _buffers[i] = 0;
            }
        }
    }

    private void BeginDownload(int piece, int total, DevicePointer source)
    {
        int start = piece * Length;
        nuint bytes = (nuint)Math.Min(Length, total - start) * sizeof(float);
        ulong from = source.Plus((long)start * sizeof(float)).Value;
        Check(cuMemcpyDtoHAsync_v2(_buffers[piece & 1], from, bytes, _stream.Value));
        Check(cuEventRecord(_done[piece & 1].Value, _stream.Value));
    }

    private void EndDownload(int piece, Span<float> values)
    {
        Check(cuEventSynchronize(_done[piece & 1].Value));
        Span<float> target = values[(piece * Length)..];
        int count = Math.Min(Length, target.Length);
        new ReadOnlySpan<float>((void*)_buffers[piece & 1], count).CopyTo(target);
    }
}
