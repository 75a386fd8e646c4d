namespace InfAdmm.Solvers;

/// <summary>
/// Continuation: ρ starts at a power of 2 times the initial ρ and moves geometrically to the initial ρ, which it keeps
/// from then on. No residuals are needed.
/// </summary>
public sealed class Continuation : PenaltyRule
{
    /// <summary>The default exponent of the first iteration: ρ starts at 1/128 of its last value.</summary>
    public const int DefaultFirstExponent = -7;

    /// <summary>The default number of iterations before ρ has its last value.</summary>
    public const int DefaultIterations = 20;

    private readonly int _first;
    private readonly int _iterations;

    /// <summary>Creates the rule.</summary>
    /// <param name="firstExponent">The exponent of the first iteration.</param>
    /// <param name="iterations">The number of iterations before ρ has its last value, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The exponent exceeds <see cref="PenaltyRule.LargestExponent"/> in magnitude, or the number is below 1.
    /// </exception>
    public Continuation(int firstExponent = DefaultFirstExponent, int iterations = DefaultIterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstExponent, -LargestExponent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstExponent, LargestExponent);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        _first = firstExponent;
        _iterations = iterations;
    }

    /// <inheritdoc/>
    public override int FirstExponent => _first;

    /// <inheritdoc/>
    public override int LowestExponent => Math.Min(_first, 0);

    /// <inheritdoc/>
    public override int HighestExponent => Math.Max(_first, 0);

    /// <inheritdoc/>
    public override bool NeedsResiduals(int iteration) => false;

    /// <inheritdoc/>
    protected override int Choose(int iteration, int exponent, AdmmResiduals residuals)
    {
        double left = Math.Max(_iterations - iteration, 0) / (double)_iterations;
        return (int)Math.Round(_first * left, MidpointRounding.ToZero);
    }
}
