using System.Globalization;

namespace InfAdmm.Storage;

/// <summary>
/// Reads numbers from files and command lines: the same in every culture, with a decimal point, without thousands
/// separators, and finite. "1,25" is not a number.
/// </summary>
public static class StrictNumber
{
    /// <summary>Reads a whole number.</summary>
    public static bool TryParse(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads a finite number; an exponent may follow, as in 3e-4.</summary>
    public static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
