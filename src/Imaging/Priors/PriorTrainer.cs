using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// Trains a prior: first as a denoiser, if requested, then through the unrolled loop with its exact z-update, with a
/// loss term for every z (a prior trained only as a denoiser lets the loop decay; docs/mathematics.md §5). Every fourth
/// batch starts from the state of the loop after the trained steps, so that results stay good when the loop runs
/// longer. Uses Adam; the learning rate rises from zero and then falls along a cosine to a hundredth.
/// Several processes may train together: each computes the gradient of its part of every batch, and all take the same
/// step with the mean.
/// <code>
/// PriorTrainingOptions options = PriorTrainingOptions.Create(ImageTasks.SuperResolution);
/// using var images = new PriorImages("photographs", options);
/// using var trainer = new PriorTrainer(device, options, images.Fill, images.Validation);
/// trainer.Train(new TrainingBudget(Steps: 5000)).Save("prior.safetensors");
/// </code>
/// </summary>
public sealed class PriorTrainer : IDisposable
{
    private const double SmoothedSteps = 50;

    // The floor of an image's error is 50 dB; the weight gives the slope of a mean error of about 0.01.
    private const float LogErrorFloor = 1e-5f;
    private const float LogErrorWeight = 0.01f;
    private const int ReportEvery = 5;
    private const int LateStartEvery = 4;

    private readonly Device _device;
    private readonly PriorTrainingOptions _options;
    private readonly TrainingImages _images;
    private readonly ProcessGroup _group;
    private readonly ParameterArena _arena;
    private readonly GradientSum? _sum;
    private readonly OrderedGradientSum? _ordered;
    private readonly Adam _adam;
    private readonly UnrolledLoop _loop;
    private readonly UnknownBand[] _bands = [];
    private readonly PriorValidator? _validator;
    private readonly TensorScope _scope;

    // The images of this process, and the shape of those that are computed together: all, or one with a fixed order.
    private readonly float[] _host;
    private readonly Shape _part;
    private readonly Tensor _truth;
    private readonly Tensor _y;
    private readonly Tensor _z;
    private readonly Tensor _w;
    private readonly Tensor _level;
    private readonly IStartEstimate _start;
    private readonly SharpLoss? _sharp;
    private double _loss = double.NaN;
    private double _gradientNorm;
    private double _secondsBefore;

    /// <summary>Prepares a run with initial weights.</summary>
    /// <param name="device">The device to train on.</param>
    /// <param name="options">The training options.</param>
    /// <param name="images">Provides the batches.</param>
    /// <param name="validation">
    /// Images of one size that are not used in training, for validation; null for none.
    /// </param>
    /// <param name="group">
    /// The processes that train together, of which only the first needs images for validation; null for a single one. Then
    /// <paramref name="images"/> provides the part of this process, as <see cref="PriorImages"/> does.
    /// </param>
    /// <exception cref="InputException">The options are not consistent.</exception>
    public PriorTrainer(
        Device device, PriorTrainingOptions options, TrainingImages images,
        (float[] Values, Shape Shape)? validation = null, ProcessGroup? group = null)
    {
        options.Check();
        _device = device;
        _options = options;
        _images = images;
        _group = group ?? ProcessGroup.Alone;
        Shape share = options.Batch with { N = options.ShareOf(_group) };
        _part = options.FixedOrder ? share with { N = 1 } : share;
        int steps = Math.Max(options.Unroll, 1);

        // Each trained step has its own statistics of batch normalization, and all further ones share others.
        int uses = options.Unroll == 0 || options.Alone ? 1 : steps + 1;
        Network = new PriorNetwork(
            device, options.Task, options.Batch.C, options.Architecture, steps, uses);
        if (options.FixedOrder && Network.UsesBatchStatistics)
        {
            Network.Dispose();
            throw new InputException(
                "this network normalizes with statistics of the batch, so the gradients of its images have no fixed order: " +
                "train another network, or without a fixed order")
            {
                Parameter = "fixed-order",
            };
        }

        Network.Initialize(options.Seed);
        options.Initial?.CopyTo(Network);
        _arena = new ParameterArena(device, Network);
        _adam = new Adam(_arena);
        if (options.FixedOrder)
        {
            _ordered = new OrderedGradientSum(_arena, _group, share.N);
        }
        else
        {
            _sum = new GradientSum(_arena, _group);
        }

        _loop = new UnrolledLoop(device, options.Task, _part, Network);
        if (validation is { } held && _group.IsFirst)
        {
            _validator = new PriorValidator(device, options, Network, held.Values, held.Shape);
        }

        _scope = new TensorScope(device);
        _host = new float[share.Count];
        _truth = _scope.Allocate(_part);
        _z = _scope.Allocate(_part);
        _w = _scope.Allocate(_part);
        _y = _scope.Allocate(_loop.Operator.MeasurementShape);
        _level = _scope.Allocate(Network.Prior.LevelShape(_part));
        _start = options.Task.Start.Create(_loop.Operator, _y);
        _sharp = options.Sharp is null ? null : new SharpLoss(device, options, _part, _group);
        if (options.UnknownEdges)
        {
            _bands =
            [
                new UnknownBand(_loop.Operator, options, _part, Network, _y, isHorizontal: true),
                new UnknownBand(_loop.Operator, options, _part, Network, _y, isHorizontal: false),
            ];
        }
    }

    /// <summary>The network that is trained.</summary>
    public PriorNetwork Network { get; }

    /// <summary>The time between two checkpoints, in seconds.</summary>
    public double SecondsBetweenCheckpoints { get; init; } = 120;

    /// <summary>The number of training steps done.</summary>
    public int StepCount => _adam.StepCount;

    /// <summary>How the gradients of the processes are added up; null with a fixed order.</summary>
    public GradientSum? GradientSum => _sum;

    /// <summary>Continues a run: the next <see cref="Train"/> starts from the saved state.</summary>
    /// <param name="checkpoint">The checkpoint file.</param>
    /// <param name="budget">The budget of the whole run, including what was used before.</param>
    /// <exception cref="InputException">
    /// The file cannot be read, is not a checkpoint, or was made with other options or another budget.
    /// </exception>
    public void Resume(string checkpoint, TrainingBudget budget) =>
        (_secondsBefore, _loss) = PriorCheckpoint.Restore(
            checkpoint, Network, _adam, _sharp, _options.Describe(budget), _options.DataFingerprint);

    /// <summary>
    /// Trains until the budget is used, including what was used before <see cref="Resume"/>. Processes that train together
    /// all call this with the same budget, and all of them stop if one is cancelled.
    /// </summary>
    /// <param name="budget">The limits of the run. With a limit on steps only, a run is reproducible.</param>
    /// <param name="report">Called periodically and at each validation.</param>
    /// <param name="checkpoint">
    /// The file for the state, written after each <see cref="SecondsBetweenCheckpoints"/> and at the end, by the first process; null for none.
    /// </param>
    /// <param name="warn">Called if a checkpoint cannot be written, which does not end the training.</param>
    /// <param name="cancellation">Stops the training after writing the checkpoint.</param>
    /// <exception cref="InputException">Training diverged, or the processes were not given the same.</exception>
    /// <exception cref="OperationCanceledException">The token of one of the processes was cancelled.</exception>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public PriorWeights Train(
        TrainingBudget budget, Action<PriorProgress>? report = null, string? checkpoint = null,
        Action<string>? warn = null, CancellationToken cancellation = default)
    {
        CheckSame(budget, isStart: true);
        var clock = Stopwatch.StartNew();
        double seconds = _secondsBefore;
        double saved = _secondsBefore;
        int first = StepCount;
        double used = budget.FractionUsed(StepCount, seconds);
        PriorValidation? validation = null;
        while (used < 1)
        {
            if (_group.Gather(cancellation.IsCancellationRequested ? 1 : 0).Max() > 0)
            {
                SaveCheckpoint();
                throw new OperationCanceledException(cancellation);
            }

            Step(used);
            seconds = _secondsBefore + _group.Gather(clock.Elapsed.TotalSeconds)[0];
            used = budget.FractionUsed(StepCount, seconds);
            bool validated = StepCount % _options.ValidateEvery == 0 || used >= 1;
            if (validated)
            {
                CheckSame(budget, isStart: false);
                validation = _validator?.Measure() ?? validation;
            }

            if (StepCount % ReportEvery == 0 || validated)
            {
                double speed = (StepCount - first) * (double)_options.Batch.N / (seconds - _secondsBefore);
                report?.Invoke(new PriorProgress(
                    StepCount, Math.Min(used, 1), seconds, _loss, _gradientNorm, speed, validation));
            }

            if (seconds - saved >= SecondsBetweenCheckpoints)
            {
                SaveCheckpoint();
                saved = seconds;
            }
        }

        SaveCheckpoint();
        return PriorWeights.FromNetwork(_options, Network, StepCount, seconds);

        void SaveCheckpoint()
        {
            if (checkpoint is not null && _group.IsFirst)
            {
                TrySave(checkpoint, budget, seconds, warn);
            }
        }
    }

    /// <summary>Writes the checkpoint. What was trained is worth more than the file: a failure is a warning.</summary>
    private void TrySave(string checkpoint, TrainingBudget budget, double seconds, Action<string>? warn)
    {
        try
        {
            PriorCheckpoint.Save(
                checkpoint, Network, _adam, _sharp, _options.Describe(budget), _options.DataFingerprint, seconds, _loss);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InputException)
        {
            warn?.Invoke($"the checkpoint of step {StepCount} was not written: {failure.Message}; training goes on");
        }
    }

    /// <summary>Frees the network and the optimizer.</summary>
    public void Dispose()
    {
        _start.Dispose();
        _sharp?.Dispose();
        _validator?.Dispose();
        foreach (UnknownBand band in _bands)
        {
            band.Dispose();
        }

        _loop.Dispose();
        _adam.Dispose();
        _arena.Dispose();
        Network.Dispose();
        _scope.Dispose();
    }

    /// <summary>
    /// Checks that all processes train the same from the same state, and later that they still have the same weights.
    /// </summary>
    private void CheckSame(TrainingBudget budget, bool isStart)
    {
        if (_group.Size == 1)
        {
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{_options.Describe(budget)}\n{_options.DataFingerprint}\n{StepCount}\n"));
        foreach (Tensor tensor in (Tensor[])[_arena.Values, _adam.FirstMoment, _adam.SecondMoment])
        {
            hash.AppendData(MemoryMarshal.AsBytes(tensor.ToArray().AsSpan()));
        }

        // As many bits as a double holds exactly.
        double[] hashes = _group.Gather(BitConverter.ToUInt32(hash.GetHashAndReset().AsSpan(0, sizeof(uint))));
        int other = Array.FindIndex(hashes, value => value != hashes[0]);
        if (other > 0)
        {
            throw new InputException(isStart
                ? $"process {other} trains with other options, images or initial weights than process 0, or continues from " +
                    "another state: give all of them the same command and the same files"
                : $"after step {StepCount}, process {other} has other weights than process 0, because its processor rounds " +
                    "differently: use machines of one kind");
        }
    }

    private void Step(double used)
    {
        int step = StepCount;
        _images(step, _host);
        double warm = Math.Min((step + 1.0) / _options.WarmUpSteps, 1);
        _adam.LearningRate =
            _options.LearningRate * (float)(warm * (0.01 + 0.99 * 0.5 * (1 + Math.Cos(Math.PI * used))));
        int parts = _host.Length / _truth.Count;
        double[] losses = new double[parts * _group.Size];
        for (int i = 0; i < parts; i++)
        {
            int place = _group.Rank * parts + i;
            losses[place] = Differentiate(step, _host.AsSpan(i * _truth.Count, _truth.Count), place * _part.N);
        }

        _sum?.Finish();
        _ordered?.Finish();
        _gradientNorm = _arena.ClipGradients(_options.LargestGradient);
        _adam.Step();

        // Each place has the loss of one process, so that the mean has a fixed order too.
        _group.Sum(losses);
        double value = losses.Average();
        _loss = double.IsNaN(_loss) ? value : _loss + (value - _loss) / SmoothedSteps;
        if (!double.IsFinite(_loss))
        {
            throw new InputException(
                $"training diverged at step {step + 1}: use a smaller learning rate, and start again");
        }
    }

    /// <summary>
    /// Adds the gradient of a part of the batch, from image number <paramref name="first"/>, and returns the loss.
    /// </summary>
    private double Differentiate(int step, ReadOnlySpan<float> images, int first)
    {
        _device.Upload(images, _truth);

        // Streams below 2³² are used for the weights; each step has two streams.
        ulong stream = (1UL << 32) + 2 * (ulong)step;
        _loop.Operator.Measure(_truth, _options.Seed, stream, _y, first);
        _sharp?.Sharpen(_truth);
        using var graph = new Graph(_device, _group);
        Variable loss = _options.Unroll == 0 || step < _options.PretrainSteps
            ? DenoisingLoss(graph, step, stream + 1, first)
            : LoopLoss(graph, step);
        graph.Backward(loss, _sum is null ? null : _sum.Add);
        _ordered?.Add();
        return loss.Data.ToScalar();
    }

    /// <summary>
    /// As in the paper: the input is x + noise, the target is x. The network is told the level of the noise
    /// (<see cref="NoiseLevel"/>).
    /// </summary>
    private Variable DenoisingLoss(Graph graph, int step, ulong stream, int first)
    {
        double level = NoiseLevel.OfTrainingStep(step);
        _device.Fill((float)level, _level);
        _device.FillNormal(_options.Seed, stream, (long)first * (_w.Count / _part.N), _w);
        Network.Prior.SetUse(0);
        _device.Combine(1, _truth, (float)(level * NoiseLevel.LargestSigma), _w, _z);
        Variable denoised = Network.Prior.Forward(graph.Constant(_z), graph.Constant(_y), graph.Constant(_level));
        return Distance(denoised, graph.Constant(_truth));
    }

    private Variable LoopLoss(Graph graph, int step)
    {
        // Every third batch has all measurements. Late starts, every fourth, are among all kinds.
        int kind = step % (_bands.Length + 1);
        UnknownBand? band = kind == 0 ? null : _bands[kind - 1];
        UnrolledLoop loop = band?.Loop ?? _loop;
        if (band is null)
        {
            _start.Apply(_z);
        }
        else
        {
            band.Start(_start, _z);
            band.Clear(_truth);
        }

        if (_options.Alone)
        {
            _device.Fill((float)StepLevel.Of(0, Network.Steps), _level);
            Variable once = Network.Prior.Forward(graph.Constant(_z), graph.Constant(_y), graph.Constant(_level));
            Variable target = graph.Constant(_truth);
            return Sharpened(graph, Distance(once, target), once, target);
        }

        bool isLate = step % LateStartEvery == LateStartEvery - 1;
        if (isLate)
        {
            RunWithoutGradient(loop);
        }

        Variable y = graph.Constant(_y);
        Variable truth = graph.Constant(_truth);
        Variable z = graph.Constant(_z);
        Variable? w = isLate ? graph.Constant(_w) : null;
        Variable? sum = null;
        for (int k = 0; k < _options.Unroll; k++)
        {
            (_, z, w) = loop.Step(graph, y, z, w, isLate ? _options.Unroll + k : k);
            Variable term = Distance(band?.Known(z) ?? z, truth);
            float weight = 1f / _options.Unroll;
            sum = sum is null ? Functional.Combine(weight, term, 0, term) : Functional.Combine(1, sum, weight, term);
        }

        return Sharpened(graph, sum!, z, truth);
    }

    /// <summary>The loss with the terms of equation (13) beside the distance of pixels.</summary>
    private Variable Sharpened(Graph graph, Variable distance, Variable restored, Variable truth)
    {
        if (_sharp?.Of(graph, restored, truth, StepCount) is not { } terms)
        {
            return distance;
        }

        return Functional.Combine((float)_options.Sharp!.PixelWeight, distance, 1, terms);
    }

    /// <summary>Runs the trained steps on z and w.</summary>
    private void RunWithoutGradient(UnrolledLoop loop)
    {
        using var graph = new Graph(_device, _group);
        Variable y = graph.Constant(_y);
        Variable z = graph.Constant(_z);
        Variable? w = null;
        for (int k = 0; k < _options.Unroll; k++)
        {
            (_, z, w) = loop.Step(graph, y, z, w, k);
        }

        _device.Copy(z.Data, _z);
        _device.Copy(w!.Data, _w);
    }

    private Variable Distance(Variable x, Variable target) => _options.Loss switch
    {
        PriorLoss.L1 => Functional.MeanAbsoluteError(x, target),
        PriorLoss.L2 => Functional.MeanSquaredError(x, target),
        _ => LogError(x, target),
    };

    private static Variable LogError(Variable x, Variable target)
    {
        Variable error = Functional.MeanLogSquaredError(x, target, LogErrorFloor);
        return Functional.Combine(LogErrorWeight, error, 0, error);
    }

    /// <summary>
    /// Crops with a band of rows or columns, at both of their ends, in which nothing is measured; it has no part in the
    /// loss.
    /// </summary>
    private sealed class UnknownBand : IDisposable
    {
        private readonly Tensor _y;
        private readonly float[] _measured;
        private readonly MeasurementMargin _margin;
        private readonly MaskGate _gate;

        public UnknownBand(
            TaskOperator linearOperator, PriorTrainingOptions options, Shape image, PriorNetwork network, Tensor y,
            bool isHorizontal)
        {
            Device device = linearOperator.Device;
            int stride = options.Task.Stride;
            _y = y;
            _measured = new float[y.Shape.Count];
            _margin = new MeasurementMargin(
                linearOperator, y, Axis(y.Shape.H, isHorizontal), Axis(y.Shape.W, !isHorizontal));
            Loop = new UnrolledLoop(device, options.Task, image, network, known: _margin.Known);
            bool[] known = new bool[image.PlaneSize];
            for (int i = 0; i < known.Length; i++)
            {
                known[i] = _margin.Known.Kept[i / image.W / stride * y.Shape.W + i % image.W / stride];
            }

            _gate = new MaskGate(device, known, image);

            EdgeExtension Axis(int length, bool isCut)
            {
                int side = isCut ? options.Margin / stride : 0;
                return new EdgeExtension(length - 2 * side, length, side);
            }
        }

        public UnrolledLoop Loop { get; }

        /// <summary>Replaces the band of y by an estimate, and computes the initial estimate.</summary>
        public void Start(IStartEstimate start, Tensor z)
        {
            _y.Device.Download(_y, _measured);
            int size = _y.Shape.PlaneSize;
            for (int plane = 0; plane < _y.Shape.Planes; plane++)
            {
                _margin.Mirror(
                    plane, _measured.AsSpan(plane * size, size), _y.Shape.W, _margin.Rows.Before, _margin.Columns.Before);
            }

            _margin.Upload();
            _margin.Start(start, z);
        }

        /// <summary>z with zeros in the band.</summary>
        public Variable Known(Variable z) => Functional.Linear(z, z.Shape, _gate.Keep, _gate.Keep);

        /// <summary>Sets the band of an image to zero.</summary>
        public void Clear(Tensor image) => _gate.Keep(image, image);

        public void Dispose()
        {
            Loop.Dispose();
            _margin.Dispose();
            _gate.Dispose();
        }
    }
}
