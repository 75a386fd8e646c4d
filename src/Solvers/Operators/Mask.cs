using InfAdmm.Engine;
using InfAdmm.Storage;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// Which measurements exist: one plane of the measurement grid, shared by all channels and images. In host memory.
/// </summary>
public sealed class Mask
{
    /// <summary>What the text of a random mask begins with.</summary>
    public const string RandomPrefix = "random:";

    // A stream of its own, so that noise with the same seed is independent of the mask.
    private const ulong Stream = 0x6D61736B;

    private readonly bool[] _kept;

    /// <summary>Creates a mask from its rows.</summary>
    /// <param name="height">The rows of the measurement grid.</param>
    /// <param name="width">The columns of the measurement grid.</param>
    /// <param name="kept">True where a measurement exists, height·width values in row-major order.</param>
    /// <param name="name">The specification or the path of the file, for messages.</param>
    /// <exception cref="InputException">The number of values is wrong, or nothing is kept.</exception>
    public Mask(int height, int width, ReadOnlySpan<bool> kept, string name = "mask")
    {
        if (height < 1 || width < 1 || kept.Length != (long)height * width)
        {
            throw Unusable(
                $"{name}: a mask of {width}x{height} needs {(long)height * width} values, got {kept.Length}");
        }

        Height = height;
        Width = width;
        Name = name;
        _kept = kept.ToArray();
        KeptCount = kept.Count(true);
        if (KeptCount == 0)
        {
            throw Unusable($"{name}: every measurement is missing; keep at least one (a value that is not 0)");
        }
    }

    /// <summary>The rows of the measurement grid.</summary>
    public int Height { get; }

    /// <summary>The columns of the measurement grid.</summary>
    public int Width { get; }

    /// <summary>The specification, such as "random:0.5", or the path of the file.</summary>
    public string Name { get; }

    /// <summary>The number of measurements in a plane that exist.</summary>
    public int KeptCount { get; }

    /// <summary>True where a measurement exists, in row-major order.</summary>
    public ReadOnlySpan<bool> Kept => _kept;

    /// <summary>Creates a mask from values: measurements are kept where the value is not zero.</summary>
    /// <param name="height">The rows of the measurement grid.</param>
    /// <param name="width">The columns of the measurement grid.</param>
    /// <param name="values">The values, height·width in row-major order.</param>
    /// <param name="name">The specification or the path of the file, for messages.</param>
    /// <exception cref="InputException">
    /// The number of values is wrong, a value is not a finite number, or nothing is kept.
    /// </exception>
    public static Mask FromValues(int height, int width, ReadOnlySpan<float> values, string name = "mask")
    {
        bool[] kept = new bool[values.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw Unusable($"{name}: value {i} is not a finite number; use 0 for missing and 1 for kept");
            }

            kept[i] = values[i] != 0;
        }

        return new Mask(height, width, kept, name);
    }

    /// <summary>
    /// Creates a random mask that keeps a fraction of the measurements: the positions of the largest values of
    /// <see cref="Device.FillNormal(ulong, ulong, Tensor)"/>, so that all subsets of that size are equally likely.
    /// </summary>
    /// <param name="device">The device that generates the random numbers; they do not depend on it.</param>
    /// <param name="measurement">The shape of the measurement; its height and width count.</param>
    /// <param name="fraction">The fraction to keep, above 0 and at most 1; at least one measurement is kept.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    /// <exception cref="InputException">The fraction is out of range.</exception>
    public static Mask Random(Device device, Shape measurement, double fraction, ulong seed)
    {
        string name = FormattableString.Invariant($"{RandomPrefix}{fraction}");
        if (!(fraction > 0 && fraction <= 1))
        {
            throw OutOfRange(name);
        }

        using Tensor noise = device.Allocate(Shape.Matrix(measurement.H, measurement.W));
        device.FillNormal(seed, Stream, noise);
        float[] values = noise.ToArray();
        int count = (int)Math.Clamp(Math.Round(fraction * values.Length), 1, values.Length);
        float least = ArrayStatistics.OrderStatisticInplace([.. values], values.Length - count + 1);
        bool[] kept = Array.ConvertAll(values, value => value > least);
        int left = count - kept.AsSpan().Count(true);
        for (int i = 0; left > 0; i++)
        {
            if (values[i] == least)
            {
                kept[i] = true;
                left--;
            }
        }

        return new Mask(measurement.H, measurement.W, kept, name);
    }

    /// <summary>Parses the fraction of "random:FRACTION".</summary>
    /// <exception cref="InputException">The text is not a valid specification.</exception>
    public static double ParseFraction(string text) =>
        text.StartsWith(RandomPrefix, StringComparison.Ordinal)
        && StrictNumber.TryParse(text[RandomPrefix.Length..], out double fraction)
            ? fraction is > 0 and <= 1 ? fraction : throw OutOfRange(text)
            : throw Unusable($"'{text}': write random:FRACTION with the fraction that is kept, such as random:0.5");

    /// <summary>Sets the values of missing measurements to zero.</summary>
    /// <param name="planes">Any number of planes of the measurement grid.</param>
    public void ClearMissing(Span<float> planes)
    {
        for (; planes.Length > 0; planes = planes[_kept.Length..])
        {
            for (int i = 0; i < _kept.Length; i++)
            {
                planes[i] = _kept[i] ? planes[i] : 0;
            }
        }
    }

    /// <summary>The mask as a device tensor of ones and zeros, (1, 1, height, width).</summary>
    public Tensor ToTensor(Device device) =>
        device.Allocate(Shape.Matrix(Height, Width), Array.ConvertAll(_kept, kept => kept ? 1f : 0f));

    private static InputException OutOfRange(string name) =>
        Unusable($"{name}: the fraction of kept measurements must be above 0 and at most 1");

    private static InputException Unusable(string message) => new(message) { Parameter = "mask" };
}
