using InfAdmm.Engine;

namespace InfAdmm.Solvers.Laplace;

/// <summary>
/// The range of measured values in which sums of their squares neither overflow nor vanish in single precision.
/// </summary>
internal static class MeasurementRange
{
    /// <summary>The largest magnitude.</summary>
    public const double Largest = 1e15;

    /// <summary>The smallest magnitude of the largest value, unless all values are zero.</summary>
    public const double Smallest = 1e-15;

    /// <summary>Checks values.</summary>
    /// <param name="values">The values of a measurement.</param>
    /// <param name="parameter">The parameter that they follow from, for the error.</param>
    /// <exception cref="InputException">A value is not finite, or all are too large or too small.</exception>
    public static void Check(ReadOnlySpan<float> values, string parameter)
    {
        int index = FiniteValues.IndexOfNonFinite(values);
        if (index >= 0)
        {
            throw new InputException(
                FormattableString.Invariant($"element {index} of the measurement is {values[index]}: ") +
                "replace values that are not finite")
            {
                Parameter = parameter,
            };
        }

        double largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        if (largest > Largest || (largest > 0 && largest < Smallest))
        {
            throw new InputException(
                FormattableString.Invariant($"the largest magnitude of the measurement is {largest:0.0e0}, and its ") +
                "square leaves the range of single precision; scale the measurement to values near 1")
            {
                Parameter = parameter,
            };
        }
    }

    /// <summary>Checks a setting that measured values are proportional to.</summary>
    /// <exception cref="InputException">It is too large or not a number.</exception>
    public static void CheckScale(double value, string parameter)
    {
        if (!(value <= Largest))
        {
            throw new InputException(
                FormattableString.Invariant($"{value} is too large: squares of measured values would leave the ") +
                FormattableString.Invariant($"range of single precision; choose at most {Largest:0e0}"))
            {
                Parameter = parameter,
            };
        }
    }
}
