using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// A layer or network with named parameters. Names of nested modules are joined by dots, as in PyTorch.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Parameter Parameter)> _parameters = [];
    private readonly List<(string Name, Module Module)> _modules = [];

    /// <summary>Computes the output for an input that belongs to a graph.</summary>
    public abstract Variable Forward(Variable x);

    /// <summary>
    /// All parameters by name. A parameter shared by two layers comes once, under the name that it was first given.
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> NamedParameters()
    {
        var found = new List<(string, Parameter)>();
        var seen = new HashSet<Parameter>();
        Collect(string.Empty, found, seen);
        return found;
    }

    /// <summary>The count of trainable numbers.</summary>
    public long ParameterCount => NamedParameters().Sum(entry => entry.Parameter.Shape.Count);

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach ((string _, Parameter parameter) in NamedParameters())
        {
            parameter.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Registers a parameter of this layer.</summary>
    protected Parameter Register(string name, Parameter parameter)
    {
        _parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Registers a nested layer.</summary>
    protected TModule Register<TModule>(string name, TModule module)
        where TModule : Module
    {
        _modules.Add((name, module));
        return module;
    }

    private void Collect(string prefix, List<(string, Parameter)> found, HashSet<Parameter> seen)
    {
        foreach ((string name, Parameter parameter) in _parameters)
        {
            if (seen.Add(parameter))
            {
                found.Add((prefix + name, parameter));
            }
        }

        foreach ((string name, Module module) in _modules)
        {
            module.Collect($"{prefix}{name}.", found, seen);
        }
    }
}
