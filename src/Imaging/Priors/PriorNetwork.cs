using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Imaging.Priors;

/// <summary>Which network is the prior.</summary>
public enum PriorArchitecture
{
    /// <summary>Ours: <see cref="ResidualPrior"/>.</summary>
    Default,

    /// <summary>The paper's Table 1 for digits, 2 or 3 for images.</summary>
    Paper,
}

/// <summary>
/// The prior of a task, G(v, y, level), with the ρ of each unrolled step: all that training changes. ρ is kept as its
/// logarithm, so that it stays positive. The level tells the network how far the loop is: 2⁻ᵏ in step k, and after the
/// last trained step always that step's, as with ρ.
/// </summary>
public sealed class PriorNetwork : Module
{
    /// <summary>What the parameters log ρ of the steps are called, followed by the step from 0.</summary>
    internal const string LogRhoName = "log_rho";

    // ρ is about the measurement's noise variance over the prior's error variance: near these, training finds it soon.
    private const double FirstRhoWithoutNoise = 0.003;
    private const double FirstRhoOfNoise = 1000;

    private readonly double _firstRho;
    private readonly ResidualPrior? _residual;
    private readonly PixelShuffleAutoEncoder? _autoEncoder;
    private readonly MnistAutoEncoder? _digits;
    private readonly Parameter[] _logRho;

    /// <summary>Creates the network with weights of zero; <see cref="Initialize(ulong)"/> draws better ones.</summary>
    /// <param name="device">Where it lives.</param>
    /// <param name="task">The task, for the shapes of y.</param>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="architecture">Ours or the paper's.</param>
    /// <param name="steps">Steps with a ρ of their own.</param>
    public PriorNetwork(Device device, ImageTask task, int channels, PriorArchitecture architecture, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        Architecture = architecture;
        _firstRho = Math.Max(FirstRhoOfNoise * task.Sigma * task.Sigma, FirstRhoWithoutNoise);
        bool isSharp = task.Name == ImageTask.Colorization
            || (task.Name == ImageTask.Deblurring && architecture == PriorArchitecture.Default);
        Factor = isSharp ? 2 : 4;
        int measured = task.GreyWeights is null ? channels : 1;
        int condition = task.Stride == 1 ? measured * Factor * Factor : measured;
        bool isDigits = task.Name == ImageTask.MnistSuperResolution;
        if (architecture == PriorArchitecture.Default)
        {
            // As deep as the cost of the paper's network for the task allows: Table 2 for a factor of 4, Table 3 for 2,
            // Table 1 for digits.
            (int width, int depth) = task.Name switch
            {
                ImageTask.MnistSuperResolution => (48, 6),
                ImageTask.SuperResolution => (64, 12),
                ImageTask.Deblurring => (32, 13),
                _ => (64, 9),
            };
            _residual = Register(
                "network", new ResidualPrior(device, Factor, channels, condition, width, depth));
        }
        else if (isDigits)
        {
            _digits = Register("network", new MnistAutoEncoder(device));
        }
        else
        {
            _autoEncoder = Register("network", new PixelShuffleAutoEncoder(device, Factor, channels, condition));
        }

        _logRho =
        [
            .. Enumerable.Range(0, steps).Select(k => Register($"{LogRhoName}{k}", new Parameter(device, Shape.Scalar))),
        ];
    }

    /// <summary>Ours or the paper's.</summary>
    public PriorArchitecture Architecture { get; }

    /// <summary>Both sides of an image must be multiples of it; digits have 28.</summary>
    public int Factor { get; }

    /// <summary>The smallest shape that the network takes and an image fits into.</summary>
    public Shape Extended(Shape image) => image with { H = Multiple(image.H), W = Multiple(image.W) };

    /// <summary>Steps with a ρ of their own.</summary>
    public int Steps => _logRho.Length;

    /// <summary>The level of a step, from 0.</summary>
    public double Level(int step) => Math.Pow(2, -Math.Min(step, Steps - 1));

    /// <summary>log ρ of a step, from 0.</summary>
    public Parameter LogRho(int step) => _logRho[Math.Min(step, Steps - 1)];

    /// <summary>The shape of the level's map for images.</summary>
    public Shape LevelShape(Shape image) => image.Downsampled(Factor) with { C = 1 };

    /// <summary>Sets the weights that training starts from.</summary>
    public void Initialize(ulong seed)
    {
        HeNormal.Initialize(this, seed);
        _residual?.Initialize(seed);
        foreach (Parameter logRho in _logRho)
        {
            logRho.Data.Device.Fill((float)Math.Log(_firstRho), logRho.Data);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: the prior takes three operands.</exception>
    public override Variable Forward(Variable x) =>
        throw new NotSupportedException("a prior is applied to an image, its measurement and a level");

    /// <summary>x = G(v, y, level).</summary>
    public Variable Forward(Variable v, Variable y, Variable level) =>
        _residual?.Forward(v, y, level) ?? _autoEncoder?.Forward(v, y) ?? _digits!.Forward(v);

    /// <summary>
    /// The same as a network value of three inputs or fewer, in this order; of ours it is x − v, and v is to be added.
    /// </summary>
    public NetworkNode Trace(NetworkNode v, NetworkNode y, NetworkNode level) =>
        _residual?.Trace(v, y, level) ?? _autoEncoder?.Trace(v, y) ?? _digits!.Trace(v);

    private int Multiple(int side) => (side + Factor - 1) / Factor * Factor;
}
