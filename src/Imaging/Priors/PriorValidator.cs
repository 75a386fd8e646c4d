using InfAdmm.Engine;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// Runs the loop on images that are not used in training, for three times the trained number of steps. An unconditional
/// denoiser has no loop: it removes noise of a medium level.
/// </summary>
internal sealed class PriorValidator : IDisposable
{
    private const int StepsPerTrainedStep = 3;
    private const double MediumSigma = 0.05;

    // A random stream that no training step uses.
    private const ulong NoiseStream = ulong.MaxValue;

    private readonly Device _device;
    private readonly PriorTrainingOptions _options;
    private readonly PriorNetwork _network;
    private readonly UnrolledLoop _loop;
    private readonly TensorScope _scope;
    private readonly float[] _truth;
    private readonly Tensor _y;
    private readonly Tensor _start;
    private readonly Tensor? _level;

    public PriorValidator(
        Device device, PriorTrainingOptions options, PriorNetwork network, float[] images, Shape shape)
    {
        _device = device;
        _options = options;
        _network = network;
        _truth = images;
        _loop = new UnrolledLoop(device, options.Task, shape, network, options.Unroll == 0 ? LevelOfDenoiser : null);
        _scope = new TensorScope(device);
        _y = _scope.Allocate(_loop.Operator.MeasurementShape);
        _start = _scope.Allocate(shape);
        using Tensor truth = device.Allocate(shape, images);
        if (options.Architecture == PriorArchitecture.Denoiser)
        {
            device.FillNormal(options.Seed, NoiseStream, _start);
            device.Combine(1, truth, (float)MediumSigma, _start, _start);
            _level = _scope.Allocate(network.Prior.LevelShape(shape));
            device.Fill((float)NoiseLevel.Of(MediumSigma), _level);
            return;
        }

        _loop.Operator.Measure(truth, options.Seed, NoiseStream, _y);
        using IStartEstimate start = options.Task.Start.Create(_loop.Operator, _y);
        start.Apply(_start);
    }

    public PriorValidation Measure()
    {
        _network.Eval();
        try
        {
            if (_level is not null)
            {
                using var denoising = new Graph(_device);
                Variable denoised = _network.Prior.Forward(
                    denoising.Constant(_start), denoising.Constant(_y), denoising.Constant(_level));
                double reached = MeanPsnr(denoised.Data);
                return new PriorValidation(MeanPsnr(_start), reached, [reached], Trained: 1);
            }

            using var z = new Iterate(_device, _start);
            double[] psnr = new double[StepsPerTrainedStep * _network.Steps];
            double once = 0;
            for (int k = 0; k < psnr.Length; k++)
            {
                using var graph = new Graph(_device);
                (Variable x, Variable next, Variable w) = _loop.Step(
                    graph, graph.Constant(_y), graph.Constant(z.Z), k == 0 ? null : graph.Constant(z.W), k);
                psnr[k] = MeanPsnr(next.Data);
                once = k == 0 ? MeanPsnr(x.Data) : once;
                _device.Copy(next.Data, z.Z);
                _device.Copy(w.Data, z.W);
            }

            return new PriorValidation(MeanPsnr(_start), once, psnr, _network.Steps);
        }
        finally
        {
            _network.Train();
        }
    }

    public void Dispose()
    {
        _loop.Dispose();
        _scope.Dispose();
    }

    /// <summary>The level that <see cref="PriorWeights.LevelOf"/> gives for the same ρ.</summary>
    private double LevelOfDenoiser(int step) => NoiseLevel.Of(
        _options.Task.Denoising.Lambda, Math.Exp(_network.LogRho(step).Data.ToScalar()));

    private double MeanPsnr(Tensor images)
    {
        float[] values = images.ToArray();
        int size = values.Length / images.Shape.N;
        return Enumerable.Range(0, images.Shape.N).Average(n =>
            ImageMetrics.Psnr(values.AsSpan(n * size, size), _truth.AsSpan(n * size, size)));
    }

    /// <summary>z and w between two iterations, copied out of the graph of the previous one.</summary>
    private sealed class Iterate : IDisposable
    {
        public Iterate(Device device, Tensor start)
        {
            Z = device.Allocate(start.Shape);
            W = device.Allocate(start.Shape);
            device.Copy(start, Z);
        }

        public Tensor Z { get; }

        public Tensor W { get; }

        public void Dispose()
        {
            Z.Dispose();
            W.Dispose();
        }
    }
}
