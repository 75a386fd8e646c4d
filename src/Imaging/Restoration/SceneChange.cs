namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// How much each measurement of a sequence differs from the last one: ‖y − y′‖ / ‖y′ − mean(y′)‖. It is 0 for a picture
/// that does not change, and about √2 for two pictures of equal contrast that have nothing in common.
/// </summary>
public sealed class SceneChange
{
    /// <summary>
    /// Above this change, the iterates of the last picture are a worse start than the initial estimate (docs/stream.md).
    /// </summary>
    public const double Cut = 0.6;

    private float[] _last = [];

    /// <summary>Measures the change and keeps the measurement for the next call.</summary>
    /// <param name="y">The measurement, with as many values as the last one, or it is the first of a sequence.</param>
    /// <returns>The change; infinite for the first measurement, and after one without contrast.</returns>
    public double Next(ReadOnlySpan<float> y)
    {
        double change = y.Length == _last.Length ? Between(_last, y) : double.PositiveInfinity;
        if (y.Length != _last.Length)
        {
            _last = new float[y.Length];
        }

        y.CopyTo(_last);
        return change;
    }

    private static double Between(ReadOnlySpan<float> last, ReadOnlySpan<float> y)
    {
        double sum = 0;
        double squares = 0;
        double changed = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double difference = y[i] - last[i];
            changed += difference * difference;
            sum += last[i];
            squares += (double)last[i] * last[i];
        }

        double contrast = Math.Max(squares - sum * sum / y.Length, 0);
        return changed == 0 ? 0 : Math.Sqrt(changed / contrast);
    }
}
