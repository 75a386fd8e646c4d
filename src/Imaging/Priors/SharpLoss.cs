using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Networks;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The terms that make pictures sharper: equation (13) of the paper without its first one, λ_f times the distance of
/// features and −λ_a log D of the restored images, and the training of the discriminator D with equation (12). Before each
/// step of the prior, D takes one of its own on the same images.
/// </summary>
internal sealed class SharpLoss : IDisposable
{
    private const string ArrayPrefix = "discriminator.";
    private const string FirstMoment = ArrayPrefix + "adam.first_moment";
    private const string SecondMoment = ArrayPrefix + "adam.second_moment";

    // Shifts of 0 to 3 pixels in both directions: the strides of the first layers of the usual comparators are 4 together.
    private const int Shifts = 4;
    private const int ShiftKernel = 2 * Shifts - 1;
    private const int SharpeningKernel = 7;

    private readonly Device _device;
    private readonly SharpOptions _options;
    private readonly ProcessGroup _group;
    private readonly Tensor _shift;
    private readonly BlurDownsample? _smoothing;
    private readonly Tensor? _smooth;
    private readonly Discriminator? _discriminator;
    private readonly ParameterArena? _arena;
    private readonly Adam? _adam;
    private readonly GradientSum? _sum;
    private readonly DiscriminatorWatch _watch = new();

    /// <summary>Prepares the terms.</summary>
    /// <param name="device">The device to train on.</param>
    /// <param name="options">The training options, with terms beside the distance of pixels.</param>
    /// <param name="images">The shape of the images of this process.</param>
    /// <param name="group">The processes that train together.</param>
    public SharpLoss(Device device, PriorTrainingOptions options, Shape images, ProcessGroup group)
    {
        _device = device;
        _group = group;
        _options = options.Sharp!;
        _shift = device.Allocate(new Shape(1, 1, ShiftKernel, ShiftKernel));
        if (_options.Sharpening > 0)
        {
            var gaussian = BlurKernel.Gaussian(SharpeningKernel, SharpOptions.SharpeningRadius);
            _smoothing = new BlurDownsample(device, gaussian, 1, images, Boundary.Reflect);
            _smooth = device.Allocate(images);
        }

        if (_options.AdversarialWeight > 0)
        {
            _discriminator = new Discriminator(device, options.Batch.C, options.Task.Prior(options.Architecture).Factor);
            _discriminator.Draw(options.Seed);
            _arena = new ParameterArena(device, _discriminator);
            _adam = new Adam(_arena, _options.DiscriminatorRate) { Beta1 = _options.DiscriminatorBeta1 };
            _sum = new GradientSum(_arena, group);
        }
    }

    /// <summary>The running mean of the discriminator's loss (12); NaN before its first step, or without one.</summary>
    public double DiscriminatorLoss => _watch.Loss;

    /// <summary>Takes a step of the discriminator, and returns the terms for the prior; null if all weights are 0.</summary>
    /// <param name="graph">The graph of the restored images.</param>
    /// <param name="restored">The restored images.</param>
    /// <param name="truth">The true images.</param>
    /// <param name="step">The number of the training step, from 0, which determines where the images are shifted to.</param>
    /// <exception cref="InputException">The discriminator teaches the prior nothing: the training has collapsed.</exception>
    public Variable? Of(Graph graph, Variable restored, Variable truth, int step)
    {
        SetShift(step);
        restored = Shifted(restored);
        truth = Shifted(truth);
        Variable? sum = null;
        if (_options.FeatureWeight > 0)
        {
            Variable distance = _options.Comparator!.Distance(restored, truth, _options.FeatureLayers);
            sum = Functional.Combine((float)_options.FeatureWeight, distance, 0, distance);
        }

        if (_discriminator is not null)
        {
            TrainDiscriminator(restored.Data, truth.Data);
            Variable doubt = Functional.LogisticLoss(_discriminator.Forward(restored), shouldBeLarge: true);
            float weight = (float)_options.AdversarialWeight;
            sum = sum is null
                ? Functional.Combine(weight, doubt, 0, doubt)
                : Functional.Combine(1, sum, weight, doubt);
        }

        return sum;
    }

    /// <summary>Sharpens images to learn from (<see cref="SharpOptions.Sharpening"/>).</summary>
    public void Sharpen(Tensor images)
    {
        if (_smoothing is not null)
        {
            float amount = (float)_options.Sharpening;
            _smoothing.Apply(images, _smooth!);
            _device.Combine(1 + amount, images, -amount, _smooth!, images);
        }
    }

    /// <summary>Adds the state of the discriminator to that of a checkpoint.</summary>
    public WeightSet AddTo(WeightSet weights)
    {
        if (_discriminator is null)
        {
            return weights;
        }

        foreach ((string name, WeightArray array) in ModuleWeights.Export(_discriminator, weights.Metadata).Arrays)
        {
            weights = weights.With(ArrayPrefix + name, array);
        }

        return weights
            .With(FirstMoment, new WeightArray([_adam!.FirstMoment.Count], _adam.FirstMoment.ToArray()))
            .With(SecondMoment, new WeightArray([_adam.SecondMoment.Count], _adam.SecondMoment.ToArray()));
    }

    /// <summary>Restores the state of the discriminator, and returns what remains of the checkpoint.</summary>
    /// <param name="weights">The arrays of the checkpoint.</param>
    /// <param name="steps">The number of steps taken.</param>
    /// <param name="source">The file name, for messages.</param>
    /// <exception cref="InputException">An array is missing or does not fit.</exception>
    public WeightSet TakeFrom(WeightSet weights, int steps, string source)
    {
        if (_discriminator is null)
        {
            return weights;
        }

        string[] names = [.. weights.Arrays.Keys.Where(name => name.StartsWith(ArrayPrefix, StringComparison.Ordinal))];
        var own = new WeightSet(
            names.ToDictionary(name => name[ArrayPrefix.Length..], name => weights.Arrays[name]), weights.Metadata);
        Upload(FirstMoment, _adam!.FirstMoment);
        Upload(SecondMoment, _adam.SecondMoment);
        ModuleWeights.Import(
            _discriminator, own.Without(FirstMoment[ArrayPrefix.Length..], SecondMoment[ArrayPrefix.Length..]), source);
        _adam.StepCount = steps;
        return weights.Without(names);

        void Upload(string name, Tensor target)
        {
            if (!weights.Arrays.TryGetValue(name, out WeightArray? array) || array.Values.Length != target.Count)
            {
                throw new InputException($"{source}: array '{name}' is missing or does not fit the network");
            }

            _device.Upload(array.Values, target);
        }
    }

    public void Dispose()
    {
        _shift.Dispose();
        _smoothing?.Dispose();
        _smooth?.Dispose();
        _adam?.Dispose();
        _arena?.Dispose();
        _discriminator?.Dispose();
    }

    /// <summary>
    /// Where the layers of the comparator and the discriminator sample an image must not stay the same: their gradients would
    /// draw that grid into the restored images.
    /// </summary>
    private void SetShift(int step)
    {
        // 7 and 16 have no common factor: all shifts come equally often.
        int shift = 7 * (step % (Shifts * Shifts)) % (Shifts * Shifts);
        float[] kernel = new float[ShiftKernel * ShiftKernel];
        kernel[(Shifts - 1 + shift / Shifts) * ShiftKernel + Shifts - 1 + shift % Shifts] = 1;
        _device.Upload(kernel, _shift);
    }

    /// <summary>The images, moved down and to the right; what leaves them comes in at the other side.</summary>
    private Variable Shifted(Variable images) => Functional.Linear(
        images, images.Shape, (x, y) => _device.Blur(x, _shift, 1, 1, null, y),
        (y, x) => _device.BlurAdjoint(y, _shift, 1, 1, null, x));

    /// <summary>One step of Adam on −log D(x) − log(1 − D(x̂)), equation (12).</summary>
    private void TrainDiscriminator(Tensor restored, Tensor truth)
    {
        // The prior's last step left gradients of its own loss.
        _arena!.ZeroGradients();
        using var graph = new Graph(_device, _group);
        Variable real = Functional.LogisticLoss(_discriminator!.Forward(graph.Constant(truth)), shouldBeLarge: true);
        Variable fake = Functional.LogisticLoss(_discriminator.Forward(graph.Constant(restored)), shouldBeLarge: false);
        Variable loss = Functional.Combine(1, real, 1, fake);
        graph.Backward(loss, _sum!.Add);
        _sum.Finish();
        _adam!.Step();
        _watch.Add(_group.Gather(loss.Data.ToScalar()).Average());
    }
}
