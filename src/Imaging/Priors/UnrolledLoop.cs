using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// ADMM with a learned prior as a differentiable computation: each step is that of <see cref="Admm"/> with the exact
/// z-update, and every value of it belongs to a graph.
/// </summary>
public sealed class UnrolledLoop : IDisposable
{
    private readonly PriorNetwork _network;
    private readonly CirculantInverse _gram;
    private readonly Tensor[] _levels;

    /// <summary>Prepares the loop for one batch shape.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="task">The task.</param>
    /// <param name="images">The shape of a batch of images.</param>
    /// <param name="network">The prior; the caller keeps owning it.</param>
    public UnrolledLoop(Device device, ImageTask task, Shape images, PriorNetwork network)
    {
        _network = network;
        Operator = new TaskOperator(device, task, images);
        _gram = new CirculantInverse(device, Operator.Linear.Gram.Kernel!, Operator.MeasurementShape, rho: 1);
        _levels = [.. Enumerable.Range(0, network.Steps).Select(_ => device.Allocate(network.LevelShape(images)))];
        for (int k = 0; k < _levels.Length; k++)
        {
            device.Fill((float)network.Level(k), _levels[k]);
        }
    }

    /// <summary>A.</summary>
    public TaskOperator Operator { get; }

    /// <summary>
    /// One iteration: v = z − w, x = G(v, y, level), q = x + w, z = q + Aᵀ B (y − A q), w = q − z. Where ρ changes from
    /// step to step, w is taken over as it is.
    /// </summary>
    /// <param name="graph">What the values belong to.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="z">The last z.</param>
    /// <param name="w">The last w; null for zero.</param>
    /// <param name="step">Which iteration, from 0: decides ρ and level.</param>
    public (Variable X, Variable Z, Variable W) Step(Graph graph, Variable y, Variable z, Variable? w, int step)
    {
        Variable level = graph.Constant(_levels[Math.Min(step, _levels.Length - 1)]);
        Variable v = w is null ? z : Functional.Combine(1, z, -1, w);
        Variable x = _network.Forward(v, y, level);
        Variable q = w is null ? x : Functional.Combine(1, x, 1, w);
        Variable measured = Functional.Linear(q, Operator.MeasurementShape, Operator.Apply, Operator.Adjoint);
        Variable e = Functional.Combine(1, y, -1, measured);
        Variable solved = Functional.Resolvent(e, _network.LogRho(step), _gram.Solve);
        Variable change = Functional.Linear(solved, Operator.ImageShape, Operator.Adjoint, Operator.Apply);

        // w = q − z is the negative of what the z-update adds.
        return (x, Functional.Combine(1, q, 1, change), Functional.Combine(-1, change, 0, change));
    }

    /// <summary>z₀ of a measurement.</summary>
    public void Start(Tensor y, Tensor z)
    {
        if (Operator.Task.Stride > 1)
        {
            Operator.Start(y, z);
            return;
        }

        // The same Wiener filter as the operator's, without a solver made anew for every batch.
        using Tensor solved = Operator.Device.Allocate(Operator.MeasurementShape);
        _gram.Solve((float)Operator.Task.WienerWeight, y, solved);
        Operator.Adjoint(solved, z);
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
