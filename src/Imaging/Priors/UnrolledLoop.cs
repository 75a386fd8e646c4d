using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// ADMM with a learned prior as a differentiable computation: each step is that of <see cref="PriorLoop"/> with the
/// exact z-update, or a close one if measurements are missing, and all its values belong to a graph.
/// </summary>
public sealed class UnrolledLoop : IDisposable
{
    // Far below the noise of a gradient.
    private const float Tolerance = 1e-2f;

    private readonly PriorNetwork _network;
    private readonly IDisposable _gram;
    private readonly Action<float, Tensor, Tensor> _solve;
    private readonly Tensor[] _levels;

    /// <summary>Prepares the loop for one batch shape.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="task">The task.</param>
    /// <param name="images">The shape of a batch of images.</param>
    /// <param name="network">The prior. The caller keeps ownership.</param>
    /// <param name="levelOf">
    /// The level of a step, counted from 0; null for that of a prior which is trained through the loop.
    /// </param>
    /// <param name="known">The measurements that exist; null for all.</param>
    public UnrolledLoop(
        Device device, ImageTask task, Shape images, PriorNetwork network, Func<int, double>? levelOf = null,
        Mask? known = null)
    {
        levelOf ??= step => StepLevel.Of(step, network.Steps);
        _network = network;
        Operator = new TaskOperator(device, task, images, known);
        if (Operator.Linear.Gram.Kernel is { } gram)
        {
            var inverse = new CirculantInverse(device, gram, Operator.MeasurementShape, rho: 1);
            (_gram, _solve) = (inverse, inverse.Solve);
        }
        else
        {
            var inverse = new GramResolvent(Operator.Linear, InnerLoopSpec.Default with { Tolerance = Tolerance });
            (_gram, _solve) = (inverse, inverse.Solve);
        }

        Shape map = network.Prior.LevelShape(images);
        _levels = [.. Enumerable.Range(0, network.Steps).Select(_ => device.Allocate(map))];
        for (int k = 0; k < _levels.Length; k++)
        {
            device.Fill((float)levelOf(k), _levels[k]);
        }
    }

    /// <summary>The operator A.</summary>
    public TaskOperator Operator { get; }

    /// <summary>
    /// One iteration: v = z − w, x = G(v, y, level), q = x + w, z = q + Aᵀ B (y − A q), w = q − z. If ρ changes between
    /// steps, w is not rescaled.
    /// </summary>
    /// <param name="graph">The graph that the values belong to.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="z">The previous z.</param>
    /// <param name="w">The previous w; null for zero.</param>
    /// <param name="step">The iteration, counted from 0, which determines ρ and the level.</param>
    public (Variable X, Variable Z, Variable W) Step(Graph graph, Variable y, Variable z, Variable? w, int step)
    {
        _network.Prior.SetUse(step);
        Variable level = graph.Constant(_levels[StepLevel.TrainedStep(step, _levels.Length)]);
        Variable v = w is null ? z : Functional.Combine(1, z, -1, w);
        Variable x = _network.Prior.Forward(v, y, level);
        Variable q = w is null ? x : Functional.Combine(1, x, 1, w);
        Variable measured = Functional.Linear(q, Operator.MeasurementShape, Operator.Apply, Operator.Adjoint);
        Variable e = Functional.Combine(1, y, -1, measured);
        if (Operator.Linear is MaskedBlur masked)
        {
            e = Functional.Linear(e, e.Shape, masked.Keep, masked.Keep);
        }

        Variable solved = Functional.Resolvent(e, _network.LogRho(step), _solve);
        Variable change = Functional.Linear(solved, Operator.ImageShape, Operator.Adjoint, Operator.Apply);

        // w = q − z is the negative of the change that the z-update adds.
        return (x, Functional.Combine(1, q, 1, change), Functional.Combine(-1, change, 0, change));
    }

    /// <summary>Frees the operator and the workspace.</summary>
    public void Dispose()
    {
        Operator.Dispose();
        _gram.Dispose();
        foreach (Tensor level in _levels)
        {
            level.Dispose();
        }
    }
}
