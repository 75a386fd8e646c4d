using System.Globalization;

namespace InfAdmm.Cli.Terminal;

/// <summary>Formats numbers for people: three or four digits and a unit.</summary>
internal static class Units
{
    /// <summary>The text for a missing value.</summary>
    public const string None = "–";

    /// <summary>A duration in s, ms, µs or ns.</summary>
    public static string Time(double? seconds) => seconds switch
    {
        null or double.NaN => None,
        >= 0.9995 => Digits(seconds.Value) + " s",
        >= 0.9995e-3 => Digits(seconds.Value * 1e3) + " ms",
        >= 0.9995e-6 => Digits(seconds.Value * 1e6) + " µs",
        _ => Digits(seconds.Value * 1e9) + " ns",
    };

    /// <summary>A ratio: "12.3×".</summary>
    public static string Ratio(double? ratio) =>
        ratio is { } value && double.IsFinite(value) ? Digits(value) + "×" : None;

    /// <summary>A relative error: two digits and an exponent.</summary>
    public static string Error(double? error) => Format(error, "0.0e-0");

    /// <summary>An objective: five significant digits.</summary>
    public static string Objective(double? value) => Format(value, Math.Abs(value ?? 0) switch
    {
        0 => "0",
        < 1e-3 or >= 1e7 => "0.0000e0",
        < 9.99995 => "0.0000",
        < 99.9995 => "0.000",
        < 999.995 => "0.00",
        < 9999.95 => "0.0",
        _ => "0",
    });

    /// <summary>A count, which may be a median halfway between two.</summary>
    public static string Count(double? value) => Format(value, value < 1e7 ? "0.#" : "0.00e0");

    private static string Format(double? number, string format) => number is { } value && double.IsFinite(value)
        ? value.ToString(format, CultureInfo.InvariantCulture)
        : None;

    /// <summary>Three significant digits, with an exponent only where it would be long without.</summary>
    public static string Digits(double value) => Math.Abs(value) switch
    {
        >= 1e7 => value.ToString("0.00e0", CultureInfo.InvariantCulture),
        < 9.995 => value.ToString("0.00", CultureInfo.InvariantCulture),
        < 99.95 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    /// <summary>A bound on the relative error of z-updates, and what a guard did.</summary>
    /// <param name="bound">
    /// The bound; infinite if the absolute one is too large, null if the z-solver has no w to bound it from.
    /// </param>
    /// <param name="guardedSteps">The number of z-updates that the guard improved; null without a guard.</param>
    /// <param name="all">What they are counted among: "30 iterations".</param>
    public static string Certificate(double? bound, int? guardedSteps, string all) =>
        (bound is not { } known
            ? "none, because this z-solver has no w to compute a bound from"
            : double.IsFinite(known)
            ? $"z error at most {Error(known)}"
            : "no bound on the relative z error, because the one on ‖z − z_exact‖ is not below ‖z‖") +
        (guardedSteps is { } steps ? FormattableString.Invariant($"; cg improved {steps} of {all}") : "");
}
