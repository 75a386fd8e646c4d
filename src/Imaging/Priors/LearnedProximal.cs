using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// A trained prior as the x-update, x = G(v, y, level) (docs/mathematics.md §2), compiled once for the shape of the
/// images; with statistics of batch normalization for several steps, once for each. The argument tau is the level of the
/// step, <see cref="StepLevel"/>; <see cref="PriorLoop"/> sets it.
/// </summary>
public sealed class LearnedProximal : IProximal, IDisposable
{
    private readonly Device _device;
    private readonly TensorScope _scope;
    private readonly InferencePlan[] _plans;
    private readonly Tensor _y;
    private readonly Tensor _extendedY;
    private readonly Tensor? _extended;
    private readonly Tensor? _result;
    private readonly Tensor[] _inputs;
    private readonly Tensor? _ones;
    private readonly Tensor? _levelColumn;

    /// <summary>Compiles the network with a copy of the weights.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="weights">The trained prior.</param>
    /// <param name="y">The measurement, read at every call. The caller keeps ownership.</param>
    /// <param name="images">
    /// The shape of the images. If a side is not a multiple of the network's factor, the edge pixels are repeated.
    /// </param>
    /// <exception cref="InputException">The weights belong to another network.</exception>
    /// <exception cref="ShapeException">The shapes do not fit the network.</exception>
    public LearnedProximal(Device device, PriorWeights weights, Tensor y, Shape images)
    {
        _device = device;
        _scope = new TensorScope(device);
        PriorDesign design = weights.Design;
        Shape extended = design.Extended(images);
        _y = y;
        Shape level;
        int measurementInput;
        using (PriorNetwork network = weights.ToNetwork(device))
        {
            bool extendsY = network.Prior.IsConditional
                && extended != images && y.Shape.H == images.H && y.Shape.W == images.W;
            _extendedY = extendsY ? _scope.Allocate(y.Shape with { H = extended.H, W = extended.W }) : y;

            measurementInput = network.Prior.IsConditional ? 1 : 0;
            level = network.Prior.LevelShape(extended);
            _plans = new InferencePlan[weights.Uses];
            for (int use = 0; use < _plans.Length; use++)
            {
                _plans[use] = device.Compile(network.Trace(use, extended, _extendedY.Shape));
            }
        }

        // x may be v, which most plans must not overwrite, and may be smaller than the output of the network.
        _extended = extended == images ? null : _scope.Allocate(extended);
        _result = _extended is null && _plans[0].MayOverwrite(0) ? null : _scope.Allocate(extended);
        _inputs = new Tensor[_plans[0].InputShapes.Count];
        if (measurementInput > 0)
        {
            _inputs[measurementInput] = _extendedY;
        }

        if (_inputs.Length > measurementInput + 1)
        {
            Tensor map = _scope.Allocate(level);
            _ones = _scope.Allocate(Shape.Matrix(map.Count, 1));
            _levelColumn = map.Reshape(_ones.Shape);
            device.Fill(1, _ones);
            _inputs[measurementInput + 1] = map;
        }
    }

    /// <summary>How the network runs.</summary>
    public string Description => _plans[0].Description;

    /// <summary>
    /// The step of the loop, counted from 0, whose running statistics of batch normalization the next call uses.
    /// </summary>
    public int Step { get; set; }

    /// <inheritdoc/>
    public bool IsRecordable => _plans.Length == 1;

    /// <inheritdoc/>
    public void Apply(Tensor v, Tensor tau, Tensor x)
    {
        if (_levelColumn is not null)
        {
            // A column of ones times one number fills the level map without host synchronisation.
            _device.MatMul(_ones!, tau, _levelColumn);
        }

        if (!ReferenceEquals(_extendedY, _y))
        {
            _device.Window(_y, 0, 0, _extendedY);
        }

        if (_extended is not null)
        {
            _device.Window(v, 0, 0, _extended);
        }

        _inputs[0] = _extended ?? v;
        _plans[Math.Min(Step, _plans.Length - 1)].Run(_inputs, _result ?? x);
        if (_extended is not null)
        {
            _device.Window(_result!, 0, 0, x);
        }
        else if (_result is not null)
        {
            _device.Copy(_result, x);
        }
    }

    /// <summary>Frees the plan and the workspace.</summary>
    public void Dispose()
    {
        foreach (InferencePlan plan in _plans)
        {
            plan.Dispose();
        }

        _scope.Dispose();
    }
}
