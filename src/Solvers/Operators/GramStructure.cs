namespace InfAdmm.Solvers.Operators;

/// <summary>
/// What is known of A Aᵀ, the matrix behind every z-update (docs/mathematics.md §3): one of <see cref="ScalarGram"/>,
/// <see cref="CirculantGram"/> and <see cref="UnstructuredGram"/>.
/// </summary>
public abstract record GramStructure
{
    /// <summary>
    /// A Aᵀ as a periodic convolution of every <see cref="ILinearOperator.GramBlock"/>'s planes; null if it is not one.
    /// </summary>
    public abstract PeriodicKernel? Kernel { get; }
}

/// <summary>A Aᵀ = value·I.</summary>
/// <param name="Value">The only eigenvalue.</param>
public sealed record ScalarGram(double Value) : GramStructure
{
    /// <inheritdoc/>
    public override PeriodicKernel Kernel { get; } = new(0, 0, [Value]);
}

/// <summary>A Aᵀ is a periodic convolution of every measured plane.</summary>
public sealed record CirculantGram : GramStructure
{
    /// <summary>States the structure.</summary>
    /// <param name="kernel">The convolution's kernel, on the grid of the measurement.</param>
    public CirculantGram(PeriodicKernel kernel) => Kernel = kernel;

    /// <inheritdoc/>
    public override PeriodicKernel Kernel { get; }

    /// <summary>
    /// The structure of a periodic convolution: scalar if its kernel has only one entry that is not zero.
    /// </summary>
    public static GramStructure Of(PeriodicKernel kernel) =>
        kernel.IsScalar ? new ScalarGram(kernel.Centre) : new CirculantGram(kernel);
}

/// <summary>A Aᵀ has no structure that a direct solver could use.</summary>
/// <param name="Reason">Why, for messages: "a zero boundary cuts the kernel at the border".</param>
public sealed record UnstructuredGram(string Reason) : GramStructure
{
    /// <inheritdoc/>
    public override PeriodicKernel? Kernel => null;
}
