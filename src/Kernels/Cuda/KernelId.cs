namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// A hand-written kernel: an entry point of the module native/<c>module</c>.cu. Create each only once.
/// </summary>
internal sealed class KernelId
{
    private static int _count;

    /// <summary>Creates the identifier of a kernel.</summary>
    public KernelId(string module, string name)
    {
        Module = module;
        Name = name;
        Index = Interlocked.Increment(ref _count) - 1;
    }

    /// <summary>The file name in native/, without extension.</summary>
    public string Module { get; }

    /// <summary>The entry point.</summary>
    public string Name { get; }

    /// <summary>A unique number from 0: the index in the table of loaded kernels of a device.</summary>
    public int Index { get; }
}

/// <summary>
/// Marks a struct as the argument of kernels. Its fields are those of the native struct in the same order; a test
/// compares the sizes.
/// </summary>
/// <param name="kernels">The entry points that take this argument.</param>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class KernelArgumentsAttribute(params string[] kernels) : Attribute
{
    /// <summary>The entry points that take this argument.</summary>
    public IReadOnlyList<string> Kernels { get; } = kernels;
}
