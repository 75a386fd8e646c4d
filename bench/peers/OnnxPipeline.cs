using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// Super-resolution as a capable user would write it without this library: the network in ONNX Runtime, the z-update in
/// its closed form, in C# on all threads, nothing allocated per picture. A Aᵀ of the task is a number, so that
/// z = q + Aᵀ (y − A q) / (ρ + γ). The picture gets the same margin as by <c>Restorer</c>, filled by mirroring.
/// </summary>
internal sealed class OnnxPipeline : IDisposable
{
    private const int Channels = 3;

    private readonly PriorWeights _weights;
    private readonly int _margin;
    private readonly int _measured;
    private readonly int _image;
    private readonly int _stride;
    private readonly float[] _kernel;
    private readonly int _taps;
    private readonly float _gamma;
    private readonly ParallelOptions _parallel;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly OrtValue[] _values;
    private readonly float[] _z;
    private readonly float[] _w;
    private readonly float[] _correction;

    /// <summary>Allocates everything.</summary>
    /// <param name="weights">The prior of a task with decimation whose A Aᵀ is a number.</param>
    /// <param name="model">Its network as an ONNX model.</param>
    /// <param name="side">The side of the measurements.</param>
    /// <param name="margin">The margin around them, in their pixels.</param>
    /// <param name="threads">The number of threads.</param>
    public OnnxPipeline(PriorWeights weights, byte[] model, int side, int margin, int threads)
    {
        _weights = weights;
        _margin = margin;
        _measured = side + 2 * margin;
        _stride = weights.Task.Stride;
        _image = _measured * _stride;
        BlurKernel kernel = weights.Task.Kernel;
        _taps = kernel.Height;
        _kernel = [.. kernel.Values.ToArray().Select(value => (float)value)];
        _gamma = _kernel.Sum(value => value * value);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        _session = OnnxRuntimeRun.CreateSession(model, threads);
        _binding = _session.CreateIoBinding();
        _values = [Allocate(1, Channels, _image, _image), Allocate(1, Channels, _measured, _measured), Allocate(), Allocate(1, Channels, _image, _image)];
        _binding.BindInput("v", _values[0]);
        _binding.BindInput("y", _values[1]);
        if (_session.InputNames.Contains("level"))
        {
            _binding.BindInput("level", _values[2]);
        }

        _binding.BindOutput("x", _values[3]);
        _z = new float[Channels * _image * _image];
        _w = new float[_z.Length];
        _correction = new float[Channels * _measured * _measured];
    }

    /// <summary>Restores a picture of bytes, red, green and blue.</summary>
    public void Run(byte[] pixels, byte[] restored)
    {
        Span<float> y = _values[1].GetTensorMutableDataAsSpan<float>();
        Extend(pixels, y);
        BicubicUpsampling.Apply(y, new Shape(1, Channels, _measured, _measured), _stride).CopyTo(_z, 0);
        Array.Clear(_w);
        for (int k = 0; k < _weights.Rho.Count; k++)
        {
            Step(k);
        }

        Store(restored);
    }

    public void Dispose()
    {
        _binding.Dispose();
        _session.Dispose();
        _options.Dispose();
        foreach (OrtValue value in _values)
        {
            value.Dispose();
        }
    }

    private static OrtValue Allocate(params long[] shape) =>
        OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, shape);

    private unsafe void Step(int k)
    {
        float[] z = _z;
        float[] w = _w;
        _values[2].GetTensorMutableDataAsSpan<float>()[0] = (float)_weights.LevelOf(k);
        System.Numerics.Tensors.TensorPrimitives.Subtract(z, w, _values[0].GetTensorMutableDataAsSpan<float>());
        _session.RunWithBinding(_options, _binding);

        // q = x + w is kept in z.
        System.Numerics.Tensors.TensorPrimitives.Add(_values[3].GetTensorDataAsSpan<float>(), w, z);
        float scale = 1 / ((float)_weights.RhoOf(k) + _gamma);
        fixed (float* y = _values[1].GetTensorDataAsSpan<float>())
        {
            float* measured = y;
            Parallel.For(0, Channels * _measured, _parallel, row => Correct(row, measured, scale));
        }

        // w = q − z is minus the correction, and zero where Aᵀ does not reach.
        Array.Clear(w);
        Parallel.For(0, Channels * _measured, _parallel, Spread);
    }

    /// <summary>A row of (y − A q) / (ρ + γ).</summary>
    private unsafe void Correct(int row, float* y, float scale)
    {
        int plane = row / _measured * _image * _image;
        int i = row % _measured * _stride;
        int half = (_taps - 1) / 2;
        for (int j = 0; j < _measured; j++)
        {
            float sum = 0;
            for (int a = 0; a < _taps; a++)
            {
                int line = plane + Wrapped(i + half - a) * _image;
                for (int b = 0; b < _taps; b++)
                {
                    sum += _kernel[a * _taps + b] * _z[line + Wrapped(j * _stride + half - b)];
                }
            }

            _correction[row * _measured + j] = scale * (y[row * _measured + j] - sum);
        }
    }

    /// <summary>Adds Aᵀ of a row of the correction: the kernel is smaller than the stride, so that rows do not meet.</summary>
    private void Spread(int row)
    {
        int plane = row / _measured * _image * _image;
        int i = row % _measured * _stride;
        int half = (_taps - 1) / 2;
        for (int a = 0; a < _taps; a++)
        {
            int line = plane + Wrapped(i + half - a) * _image;
            for (int j = 0; j < _measured; j++)
            {
                for (int b = 0; b < _taps; b++)
                {
                    int at = line + Wrapped(j * _stride + half - b);
                    float change = _kernel[a * _taps + b] * _correction[row * _measured + j];
                    _z[at] += change;
                    _w[at] = -change;
                }
            }
        }
    }

    private int Wrapped(int index) => index < 0 ? index + _image : index >= _image ? index - _image : index;

    private void Extend(byte[] pixels, Span<float> y)
    {
        int side = _measured - 2 * _margin;
        for (int c = 0; c < Channels; c++)
        {
            for (int i = 0; i < _measured; i++)
            {
                int row = Mirrored(i - _margin, side);
                for (int j = 0; j < _measured; j++)
                {
                    y[(c * _measured + i) * _measured + j] =
                        pixels[(row * side + Mirrored(j - _margin, side)) * Channels + c] / 255f;
                }
            }
        }
    }

    private static int Mirrored(int index, int side) => index < 0 ? -index - 1 : index >= side ? 2 * side - 1 - index : index;

    private void Store(byte[] restored)
    {
        int margin = _margin * _stride;
        int side = _image - 2 * margin;
        for (int c = 0; c < Channels; c++)
        {
            for (int i = 0; i < side; i++)
            {
                ReadOnlySpan<float> row = _z.AsSpan((c * _image + margin + i) * _image + margin, side);
                for (int j = 0; j < side; j++)
                {
                    restored[(i * side + j) * Channels + c] = (byte)MathF.Round(Math.Clamp(row[j], 0, 1) * 255);
                }
            }
        }
    }
}
