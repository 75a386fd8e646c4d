using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Named parameters, buffers and nested modules. Names of nested modules are joined with dots, as in PyTorch. A module
/// does not define a forward function: <see cref="Layer"/> adds one of one value.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Parameter Parameter)> _parameters = [];
    private readonly List<(string Name, Tensor Buffer)> _buffers = [];
    private readonly List<(string Name, Module Module)> _modules = [];

    /// <summary>
    /// True for training mode, the default; false for evaluation mode. Batch normalization differs between the two.
    /// </summary>
    public bool Training { get; private set; } = true;

    /// <summary>
    /// Which use of the network comes next, counted from 0, if a forward pass applies it several times: the values differ
    /// in distribution, and batch normalization keeps running statistics for each use.
    /// </summary>
    public int Use { get; private set; }

    /// <summary>Sets <see cref="Use"/> of this module and all nested ones.</summary>
    public void SetUse(int use)
    {
        foreach (Module module in SelfAndNested())
        {
            module.Use = use;
        }
    }

    /// <summary>
    /// Whether, in training mode, the result for one image depends on the other images of its batch.
    /// </summary>
    public bool UsesBatchStatistics => SelfAndNested().Any(module => module is BatchNorm2d);

    /// <summary>Sets this module and all nested ones to training mode.</summary>
    public void Train() => SetTraining(true);

    /// <summary>
    /// Sets this module and all nested ones to evaluation mode: running statistics are used and not updated.
    /// </summary>
    public void Eval() => SetTraining(false);

    /// <summary>
    /// All parameters by name. A parameter that is shared by two layers is listed once, under its first name.
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> NamedParameters() =>
        [.. Named(module => module._parameters)];

    /// <summary>
    /// All buffers by name: values that are saved with the weights but not trained, such as running statistics.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Buffer)> NamedBuffers() => [.. Named(module => module._buffers)];

    /// <summary>The number of trainable values.</summary>
    public long ParameterCount => NamedParameters().Sum(entry => entry.Parameter.Shape.Count);

    /// <summary>Frees parameters and buffers.</summary>
    public void Dispose()
    {
        foreach ((string _, Parameter parameter) in NamedParameters())
        {
            parameter.Dispose();
        }

        foreach ((string _, Tensor buffer) in NamedBuffers())
        {
            buffer.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>This module, then its nested modules, depth first.</summary>
    internal IEnumerable<Module> SelfAndNested() =>
        _modules.SelectMany(entry => entry.Module.SelfAndNested()).Prepend(this);

    /// <summary>
    /// Draws the initial weights of this layer alone, without nested ones; see <see cref="HeNormal"/>.
    /// </summary>
    internal virtual void Initialize(ulong seed, ulong stream)
    {
    }

    /// <summary>Registers a parameter of this module.</summary>
    protected Parameter Register(string name, Parameter parameter)
    {
        _parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Registers a buffer, which this module then owns.</summary>
    protected Tensor Register(string name, Tensor buffer)
    {
        _buffers.Add((name, buffer));
        return buffer;
    }

    /// <summary>Registers a nested module.</summary>
    protected TModule Register<TModule>(string name, TModule module)
        where TModule : Module
    {
        _modules.Add((name, module));
        return module;
    }

    private void SetTraining(bool training)
    {
        foreach (Module module in SelfAndNested())
        {
            module.Training = training;
        }
    }

    /// <summary>The items of this module and all nested ones, each once, under its first dotted name.</summary>
    private IEnumerable<(string Name, TItem Item)> Named<TItem>(Func<Module, List<(string Name, TItem Item)>> own) =>
        NamedWithRepeats(string.Empty, own).DistinctBy(entry => entry.Item);

    private IEnumerable<(string Name, TItem Item)> NamedWithRepeats<TItem>(
        string prefix, Func<Module, List<(string Name, TItem Item)>> own) =>
        own(this).Select(entry => (prefix + entry.Name, entry.Item)).Concat(
            _modules.SelectMany(entry => entry.Module.NamedWithRepeats($"{prefix}{entry.Name}.", own)));
}
