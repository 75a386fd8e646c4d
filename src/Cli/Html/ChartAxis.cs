using InfAdmm.Cli.Figures;

namespace InfAdmm.Cli.Html;

/// <summary>An axis of a chart: where values are, as a fraction of its length, and its ticks.</summary>
internal sealed class ChartAxis
{
    private const int UsualTicks = 7;
    private const double Margin = 0.04;

    private static readonly double[] Digits = [1, 2, 5, 10];

    private readonly bool _isLogarithmic;
    private readonly double _first;
    private readonly double _length;

    /// <summary>Creates an axis for values of a range.</summary>
    /// <param name="least">The smallest value; positive for a logarithmic axis.</param>
    /// <param name="most">The largest value.</param>
    /// <param name="isLogarithmic">Whether it is logarithmic.</param>
    public ChartAxis(double least, double most, bool isLogarithmic)
    {
        _isLogarithmic = isLogarithmic;
        double first = Scaled(least);
        double length = Scaled(most) - first;
        if (length <= 0)
        {
            first -= 0.5;
            length = 1;
        }

        _first = first - Margin * length;
        _length = (1 + 2 * Margin) * length;
        Ticks = [.. TickValues().Select(value => (Place(value), FigurePanel.Number(value)))];
    }

    /// <summary>The ticks: fractions of the length, and labels.</summary>
    public IReadOnlyList<(double At, string Label)> Ticks { get; }

    /// <summary>Where a value is: 0 at the first end, 1 at the last.</summary>
    public double Place(double value) => (Scaled(value) - _first) / _length;

    private double Scaled(double value) => _isLogarithmic ? Math.Log10(value) : value;

    /// <summary>A logarithmic axis that is too short for powers of ten has 1, 2, 5, …, or ticks like a linear one.</summary>
    private IEnumerable<double> TickValues()
    {
        double last = _first + _length;
        if (!_isLogarithmic)
        {
            return Multiples(_first, last);
        }

        int decades = (int)(Math.Floor(last) - Math.Ceiling(_first)) + 1;
        int step = (decades + UsualTicks - 1) / UsualTicks;
        double[] shown =
        [
            .. Enumerable.Range((int)Math.Ceiling(_first), Math.Max(decades, 0))
                .Where(power => power % step == 0)
                .Select(power => Math.Pow(10, power)),
        ];
        if (shown.Length < 3)
        {
            shown =
            [
                .. Enumerable.Range((int)Math.Floor(_first), decades + 2)
                    .SelectMany(power => Digits[..3].Select(digit => digit * Math.Pow(10, power)))
                    .Where(value => Math.Log10(value) >= _first && Math.Log10(value) <= last),
            ];
        }

        return shown.Length < 3 ? Multiples(Math.Pow(10, _first), Math.Pow(10, last)) : shown;
    }

    /// <summary>The multiples, between two values, of 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<double> Multiples(double first, double last)
    {
        double rough = (last - first) / UsualTicks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * Digits.First(digit => digit * power >= rough);
        for (long i = (long)Math.Ceiling(first / step); i * step <= last; i++)
        {
            yield return Math.Round(i * step, 12);
        }
    }
}
