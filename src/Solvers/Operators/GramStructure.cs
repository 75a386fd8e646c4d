namespace InfAdmm.Solvers.Operators;

/// <summary>
/// The known structure of A Aᵀ, the matrix behind every z-update (docs/mathematics.md §3): <see cref="ScalarGram"/>,
/// <see cref="CirculantGram"/> or <see cref="UnstructuredGram"/>.
/// </summary>
public abstract record GramStructure
{
    /// <summary>The three structures are all that the z-solvers know.</summary>
    private protected GramStructure()
    {
    }

    /// <summary>
    /// A Aᵀ as a periodic convolution on the planes of every <see cref="ILinearOperator.GramBlock"/>; null if it is not
    /// one.
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
    /// <summary>Creates the structure.</summary>
    /// <param name="kernel">The convolution's kernel, on the grid of the measurement.</param>
    public CirculantGram(PeriodicKernel kernel) => Kernel = kernel;

    /// <inheritdoc/>
    public override PeriodicKernel Kernel { get; }

    /// <summary>
    /// Returns the structure of a periodic convolution: scalar if its kernel has a single nonzero entry.
    /// </summary>
    public static GramStructure Of(PeriodicKernel kernel) =>
        kernel.IsScalar ? new ScalarGram(kernel.Centre) : new CirculantGram(kernel);
}

/// <summary>A Aᵀ has no structure that a direct solver could use.</summary>
/// <param name="Reason">The reason, for messages: "a zero boundary cuts the kernel at the border".</param>
public sealed record UnstructuredGram(string Reason) : GramStructure
{
    /// <inheritdoc/>
    public override PeriodicKernel? Kernel => null;
}
