using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// All trained values: the prior of a task, and the ρ of each unrolled step. The logarithm of ρ is stored, so that ρ
/// stays positive.
/// </summary>
public sealed class PriorNetwork : Module
{
    // ρ is about the noise variance of the measurement over the error variance of the prior; training quickly adjusts
    // this initial value.
    private const double FirstRhoWithoutNoise = 0.003;
    private const double FirstRhoOfNoise = 1000;

    // The names of the parameters in weight files: network.* and log_rho0, log_rho1, …
    private const string PriorName = "network";
    private const string LogRhoName = "log_rho";

    private readonly double _firstRho;
    private readonly Parameter[] _logRho;

    /// <summary>Creates the network with weights 0; <see cref="Initialize(ulong)"/> draws random ones.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="task">The task, which defines the network.</param>
    /// <param name="channels">The channels of the images.</param>
    /// <param name="architecture">The library's own network or the paper's.</param>
    /// <param name="steps">The number of steps with their own ρ.</param>
    /// <param name="uses">The number of steps with their own running statistics of batch normalization.</param>
    public PriorNetwork(
        Device device, ImageTask task, int channels, PriorArchitecture architecture, int steps, int uses = 1)
    {
        Uses = uses;
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        Architecture = architecture;
        _firstRho = Math.Max(FirstRhoOfNoise * task.Sigma * task.Sigma, FirstRhoWithoutNoise);
        Prior = Register(PriorName, task.Prior(architecture).Create(device, task, channels, uses));
        _logRho =
        [
            .. Enumerable.Range(0, steps).Select(k => Register(ArrayOfLogRho(k), new Parameter(device, Shape.Scalar))),
        ];
    }

    /// <summary>The library's own network or the paper's.</summary>
    public PriorArchitecture Architecture { get; }

    /// <summary>The network.</summary>
    public Prior Prior { get; }

    /// <summary>The number of steps with their own ρ.</summary>
    public int Steps => _logRho.Length;

    /// <summary>The number of steps with their own running statistics; further ones use the last.</summary>
    public int Uses { get; }

    /// <summary>log ρ of a step, from 0.</summary>
    public Parameter LogRho(int step) => _logRho[StepLevel.TrainedStep(step, Steps)];

    /// <summary>Draws the initial weights for training.</summary>
    public void Initialize(ulong seed)
    {
        Prior.Initialize(seed);
        foreach (Parameter logRho in _logRho)
        {
            logRho.Data.Device.Fill((float)Math.Log(_firstRho), logRho.Data);
        }
    }

    /// <summary>
    /// The network of a step in evaluation mode as a description, with the inputs v, y unless it is unconditional, and
    /// the level map unless it takes none: numbered in this order without gaps.
    /// </summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="image">The shape of v, whose sides are multiples of the network's factor.</param>
    /// <param name="measurement">The shape of y.</param>
    /// <exception cref="ShapeException">A shape does not fit the network.</exception>
    public NetworkNode Trace(int step, Shape image, Shape measurement)
    {
        Prior.SetUse(Math.Min(step, Uses - 1));
        int measurementInput = Prior.IsConditional ? 1 : 0;
        return Prior.Trace(
            NetworkNode.Input(image), NetworkNode.Input(measurement, 1),
            NetworkNode.Input(Prior.LevelShape(image), measurementInput + 1));
    }

    /// <summary>The name of the array of log ρ of a step, from 0, in weight files.</summary>
    internal static string ArrayOfLogRho(int step) => LogRhoName + step;
}
