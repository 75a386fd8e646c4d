using System.Diagnostics;
using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Features;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// The training of a sharper prior, equations (12) and (13), against PyTorch: <see cref="PriorTrainer"/> on one batch of
/// <c>sr4</c>, through four iterations, with DCGAN's discriminator and the layers of AlexNet (random weights) as the
/// comparator. A step is both alternating updates.
/// </summary>
internal sealed class AlternationBench(Device device, PeersOptions options, TextWriter notes)
{
    public const string Id = "train-sr4-sharp-pytorch";

    private const int Batch = 4;
    private const int Size = 96;
    private const float Rate = 2e-4f;
    private const ulong Seed = 1709;

    // How often PriorTrainer reports.
    private const int StepsOfBlock = 5;

    // Changes of the weights, which the first steps of Adam amplify: of each by about the learning rate.
    private const double Tolerance = 0.02;

    private static readonly int[] Layers = [1, 3, 5];

    /// <summary>Measures the row; null without Python and PyTorch.</summary>
    /// <exception cref="InvalidOperationException">The weights after the first steps differ from the peer's.</exception>
    public Row? Measure()
    {
        WeightSet alexnet = AlexNetWeights();
        using FeatureNetwork comparator = FeatureNetworks.AlexNet(device, alexnet, "random weights");
        PriorTrainingOptions training = PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: Batch, crop: Size) with
        {
            Seed = Seed,
            LearningRate = Rate,
            Sharp = new SharpOptions { AdversarialWeight = 1e-3, Comparator = comparator, FeatureLayers = Layers },
        };
        float[] images = RandomValues.Pixels(new Random((int)Seed), training.Batch.Count);
        using var trainer = new PriorTrainer(device, training, (_, batch) => images.CopyTo(batch));
        float[] initial = Values(trainer.Network);
        int steps = StepsOfBlock * (options.Rounds + 2);
        using PyTorchPeer? peer = PyTorchPeer.Start(
            "alternate_pytorch.py", Inputs(training, images, initial, alexnet),
            [
                $"{Batch}", $"{Size}", $"{options.Threads}", Rate.ToString(CultureInfo.InvariantCulture), $"{steps}",
                $"{StepsOfBlock}",
            ]);
        if (peer is null)
        {
            notes.WriteLine("no Python with PyTorch found: training is not compared");
            return null;
        }

        var ours = new List<double>();
        var theirs = new List<double>();
        double difference = double.NaN;
        var clock = new Stopwatch();
        trainer.Train(new TrainingBudget(Steps: steps), progress =>
        {
            double seconds = clock.Elapsed.TotalSeconds / StepsOfBlock;
            if (progress.Step == StepsOfBlock)
            {
                difference = Difference(Values(trainer.Network), peer.Result, initial);
                if (!(difference <= Tolerance))
                {
                    throw new InvalidOperationException(
                        $"{Id}: after {StepsOfBlock} steps the changes of the weights differ by {difference:0.0e0}");
                }
            }
            else if (progress.Step > 2 * StepsOfBlock)
            {
                ours.Add(seconds);
            }

            if (progress.Step is > StepsOfBlock && progress.Step < steps)
            {
                theirs.Add(peer.Block());
            }

            clock.Restart();
        });
        return new Row(
            Id, 1e3 * ours.Median(), peer.Name, 1e3 * theirs.Median(), theirs.Zip(ours, (a, b) => a / b).Median(), difference,
            Operations(trainer.Network, training) / ours.Median() * 1e-9);
    }

    /// <summary>The relative difference of two changes of the weights.</summary>
    private static double Difference(float[] ours, float[] theirs, float[] initial)
    {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < initial.Length; i++)
        {
            difference += Math.Pow((double)ours[i] - theirs[i], 2);
            size += Math.Pow((double)theirs[i] - initial[i], 2);
        }

        return Math.Sqrt(difference / size);
    }

    private static float[] Values(Module network) =>
        [.. network.NamedParameters().SelectMany(entry => entry.Parameter.Data.ToArray())];

    private IEnumerable<(string Name, float[] Values)> Inputs(
        PriorTrainingOptions training, float[] images, float[] initial, WeightSet alexnet)
    {
        using var discriminator = new Discriminator(device, training.Batch.C, training.Task.Prior(training.Architecture).Factor);
        discriminator.Draw(Seed);
        using var linear = new TaskOperator(device, training.Task, training.Batch);
        using Tensor truth = device.Allocate(training.Batch, images);
        using Tensor y = device.AllocateZeros(linear.MeasurementShape);
        using Tensor z = device.Allocate(training.Batch);
        linear.Measure(truth, Seed, 0, y);
        using IStartEstimate start = training.Task.Start.Create(linear, y);
        start.Apply(z);
        return
        [
            ("prior", initial),
            ("discriminator", Values(discriminator)),
            ("alexnet", [.. alexnet.Arrays.Values.SelectMany(array => array.Values)]),
            ("truth", images),
            ("y", y.ToArray()),
            ("z", z.ToArray()),
        ];
    }

    /// <summary>The operations of the prior's convolutions alone, forward and backward, with one late start in four.</summary>
    private static double Operations(PriorNetwork network, PriorTrainingOptions training)
    {
        NetworkNode output = network.Trace(0, training.Batch, training.Task.Measured(training.Batch));
        return training.Unroll * (3 + 0.25) * BenchmarkCase.OperationsOf(output);
    }

    private static WeightSet AlexNetWeights()
    {
        var random = new Random((int)Seed);
        var arrays = new Dictionary<string, WeightArray>();
        foreach ((int index, int from, int to, int size) in
            ((int, int, int, int)[])[(0, 3, 64, 11), (3, 64, 192, 5), (6, 192, 384, 3), (8, 384, 256, 3), (10, 256, 256, 3)])
        {
            float scale = MathF.Sqrt(24f / (from * size * size));
            float[] kernels = RandomValues.Pixels(random, (long)to * from * size * size);
            arrays[$"features.{index}.weight"] = new WeightArray(
                [to, from, size, size], Array.ConvertAll(kernels, value => scale * (value - 0.5f)));
            arrays[$"features.{index}.bias"] = new WeightArray([to], new float[to]);
        }

        return new WeightSet(arrays, new Dictionary<string, string>());
    }
}
