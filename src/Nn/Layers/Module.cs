using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Named parameters and buffers, and nested modules that have their own. Names of nested modules are joined by dots, as
/// in PyTorch. What a module computes is for its class to say: <see cref="Layer"/> is a function of one value.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Parameter Parameter)> _parameters = [];
    private readonly List<(string Name, Tensor Buffer)> _buffers = [];
    private readonly List<(string Name, Module Module)> _modules = [];

    /// <summary>
    /// True, as after creation, if layers that differ in training and use (batch normalization) behave as in training.
    /// </summary>
    public bool Training { get; private set; } = true;

    /// <summary>Makes this module and all nested ones behave as in training.</summary>
    public void Train() => SetTraining(true);

    /// <summary>Makes this module and all nested ones behave as in use: running statistics are only read.</summary>
    public void Eval() => SetTraining(false);

    /// <summary>
    /// All parameters by name. A parameter shared by two layers comes once, under the name that it was first given.
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> NamedParameters() =>
        [.. Named(module => module._parameters)];

    /// <summary>
    /// All buffers by name: what belongs to the weights of a module but is not trained, such as running statistics.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Buffer)> NamedBuffers() => [.. Named(module => module._buffers)];

    /// <summary>The count of trainable numbers.</summary>
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

    /// <summary>This module, then the nested ones, each followed by its own.</summary>
    internal IEnumerable<Module> SelfAndNested() =>
        _modules.SelectMany(entry => entry.Module.SelfAndNested()).Prepend(this);

    /// <summary>Draws the weights that this layer itself starts training from; see <see cref="HeNormal"/>.</summary>
    internal virtual void Initialize(ulong seed, ulong stream)
    {
    }

    /// <summary>Registers a parameter of this layer.</summary>
    protected Parameter Register(string name, Parameter parameter)
    {
        _parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Registers a buffer, which this layer then owns.</summary>
    protected Tensor Register(string name, Tensor buffer)
    {
        _buffers.Add((name, buffer));
        return buffer;
    }

    /// <summary>Registers a nested layer.</summary>
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

    /// <summary>What modules hold, each item once, under the dotted name of its first place.</summary>
    private IEnumerable<(string Name, TItem Item)> Named<TItem>(Func<Module, List<(string Name, TItem Item)>> own) =>
        NamedWithRepeats(string.Empty, own).DistinctBy(entry => entry.Item);

    private IEnumerable<(string Name, TItem Item)> NamedWithRepeats<TItem>(
        string prefix, Func<Module, List<(string Name, TItem Item)>> own) =>
        own(this).Select(entry => (prefix + entry.Name, entry.Item)).Concat(
            _modules.SelectMany(entry => entry.Module.NamedWithRepeats($"{prefix}{entry.Name}.", own)));
}
