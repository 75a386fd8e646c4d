namespace InfAdmm.Kernels.Cuda;

/// <summary>A kernel of ours: a name in the module that native/<c>module</c>.cu is compiled to. Make each once.</summary>
internal sealed class KernelId
{
    private static int _count;

    /// <summary>Names the kernel.</summary>
    public KernelId(string module, string name)
    {
        Module = module;
        Name = name;
        Index = Interlocked.Increment(ref _count) - 1;
    }

    /// <summary>The file in native/, without its ending.</summary>
    public string Module { get; }

    /// <summary>The entry point.</summary>
    public string Name { get; }

    /// <summary>A number of its own, from 0: the place in a device's table of loaded kernels.</summary>
    public int Index { get; }
}

/// <summary>
/// Marks a struct as the argument of kernels: its fields are those of the native struct, in order. A test compares the
/// sizes.
/// </summary>
/// <param name="kernels">The entry points that take it.</param>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class KernelArgumentsAttribute(params string[] kernels) : Attribute
{
    /// <summary>The entry points that take it.</summary>
    public IReadOnlyList<string> Kernels { get; } = kernels;
}
