using System.Globalization;
using System.Text;
using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A convolution kernel in host memory, in double precision, height × width, with its origin at ((h − 1)/2, (w − 1)/2)
/// (docs/mathematics.md §3).
/// </summary>
public sealed class BlurKernel
{
    /// <summary>The most rows or columns of a kernel.</summary>
    public const int LargestSide = 1024;

    /// <summary>The largest magnitude of an entry: the kernel's autocorrelation stays far from float32's limit.</summary>
    public const double LargestEntry = 1e6;

    private readonly double[] _values;

    /// <summary>Creates a kernel from its rows.</summary>
    /// <exception cref="InputException">
    /// An extent is below 1, the number of values is wrong, or a value is not finite.
    /// </exception>
    public BlurKernel(int height, int width, IEnumerable<double> values, string name = "kernel")
    {
        _values = [.. values];
        if (height > LargestSide || width > LargestSide)
        {
            throw Unusable($"{name}: a kernel of {width}x{height} exceeds {LargestSide}x{LargestSide}; crop it");
        }

        if (height < 1 || width < 1 || _values.Length != height * width)
        {
            throw Unusable(
                $"{name}: a kernel of {width}x{height} needs {(long)height * width} values, got {_values.Length}");
        }

        if (_values.Any(value => !(Math.Abs(value) <= LargestEntry)))
        {
            throw Unusable($"{name}: a value is not a number from -{LargestEntry:0} to {LargestEntry:0}; correct it");
        }

        if (_values.All(value => (float)value == 0))
        {
            throw Unusable($"{name}: all values are zero in single precision, so nothing would be measured");
        }

        Height = height;
        Width = width;
        Name = name;
    }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>The number of columns.</summary>
    public int Width { get; }

    /// <summary>The specification, such as "gaussian:9:1.5", or the path of the file.</summary>
    public string Name { get; }

    /// <summary>The entries in row-major order.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The number of nonzero entries.</summary>
    public int NonzeroCount => _values.Count(value => value != 0);

    /// <summary>The sum of the entries: what a blur multiplies a flat image by.</summary>
    public double Sum => _values.Sum();

    /// <summary>The entry at a row and column.</summary>
    public double this[int row, int column] => _values[row * Width + column];

    /// <summary>Creates a sampled Gaussian with sum 1.</summary>
    /// <param name="size">The rows and columns.</param>
    /// <param name="sigma">The standard deviation, in pixels.</param>
    public static BlurKernel Gaussian(int size, double sigma)
    {
        string name = FormattableString.Invariant($"gaussian:{size}:{sigma}");
        if (size is < 1 or > LargestSide || !(sigma > 0) || !double.IsFinite(sigma))
        {
            throw Unusable(
                $"{name}: choose a size from 1 to {LargestSide} and a width above 0");
        }

        double centre = (size - 1) / 2.0;
        double[] profile = [.. Enumerable.Range(0, size).Select(i => Math.Exp(-Square((i - centre) / sigma) / 2))];
        return Normalised(size, profile.SelectMany(row => profile.Select(column => row * column)), name);
    }

    /// <summary>
    /// Creates a straight line through the centre with sum 1, drawn with bilinear weights (docs/mathematics.md §9).
    /// </summary>
    /// <param name="length">The length of the line in pixels, and the rows and columns of the kernel.</param>
    /// <param name="degrees">The angle from +x towards +y, in degrees; y points down.</param>
    public static BlurKernel Motion(int length, double degrees)
    {
        string name = FormattableString.Invariant($"motion:{length}:{degrees}");
        if (length is < 1 or > LargestSide || !double.IsFinite(degrees))
        {
            throw Unusable(
                $"{name}: choose a length from 1 to {LargestSide} and a finite angle");
        }

        double[] line = new double[length * length];
        double centre = (length - 1) / 2.0;
        int points = 20 * length;
        for (int point = 0; point < points; point++)
        {
            double t = -centre + 2 * centre * point / (points - 1);
            (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
            AddPoint(line, length, centre + t * sine, centre + t * cosine);
        }

        return Normalised(length, line, name);
    }

    /// <summary>
    /// Parses "gaussian:SIZE:WIDTH" or "motion:LENGTH:DEGREES", or reads a file of comma-separated rows.
    /// </summary>
    /// <exception cref="InputException">
    /// The text is not a valid specification, and no file that contains a kernel.
    /// </exception>
    public static BlurKernel Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts is ["gaussian" or "motion", ..])
        {
            if (parts.Length == 3
                && StrictNumber.TryParse(parts[1], out int size)
                && StrictNumber.TryParse(parts[2], out double parameter))
            {
                return parts[0] == "gaussian" ? Gaussian(size, parameter) : Motion(size, parameter);
            }

            throw Unusable(
                $"'{text}': write gaussian:SIZE:WIDTH or motion:LENGTH:DEGREES, with a decimal point as in gaussian:9:1.5");
        }

        return FromCsv(text);
    }

    /// <summary>Reads a file of comma-separated rows. The values are not normalised.</summary>
    /// <exception cref="InputException">The file cannot be read or contains no kernel.</exception>
    public static BlurKernel FromCsv(string path)
    {
        (string Line, int Number)[] lines;
        try
        {
            lines = [
                .. InputFile.ReadLines(path).Select((line, index) => (line, index + 1))
                    .Where(numbered => numbered.line.Trim().Length > 0),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(
                $"{path}: the kernel cannot be read ({exception.Message}); give a CSV file, gaussian:SIZE:WIDTH or " +
                "motion:LENGTH:DEGREES", exception);
        }

        double[][] rows = [.. lines.Select(line => ParseRow(line.Line, line.Number, path))];
        int ragged = Array.FindIndex(rows, row => row.Length != rows[0].Length);
        if (rows.Length == 0 || ragged >= 0)
        {
            throw Unusable(rows.Length == 0
                ? $"{path}: contains no kernel; give rows of numbers, separated by commas"
                : $"{path}: line {lines[ragged].Number} has {rows[ragged].Length} numbers, the first row has " +
                    $"{rows[0].Length}; a kernel needs rows of equal length");
        }

        return new BlurKernel(rows.Length, rows[0].Length, rows.SelectMany(row => row), path);
    }

    /// <summary>The kernel as text that <see cref="FromCsv"/> reads back exactly.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Height; i++)
        {
            text.AppendJoin(
                ',', Values.Slice(i * Width, Width).ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)));
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>
    /// How many separable kernels this one is a sum of, to the rounding of float32: 1 for a Gaussian. Found by Gaussian
    /// elimination with complete pivoting, which peels off one such kernel in each step.
    /// </summary>
    /// <param name="most">Counting ends there.</param>
    public int CountSeparableTerms(int most)
    {
        const double Rounding = 2e-7;
        double[] rest = [.. _values];
        double first = rest.Max(Math.Abs);
        for (int terms = 0; terms < Math.Min(most, Math.Min(Height, Width)); terms++)
        {
            int pivot = Enumerable.Range(0, rest.Length).MaxBy(i => Math.Abs(rest[i]));
            if (Math.Abs(rest[pivot]) <= Rounding * first)
            {
                return terms;
            }

            double[] row = rest[(pivot / Width * Width)..(pivot / Width * Width + Width)];
            for (int i = 0; i < Height; i++)
            {
                double factor = rest[i * Width + pivot % Width] / rest[pivot];
                int start = i * Width;
                if (i != pivot / Width && factor != 0)
                {
                    for (int j = 0; j < Width; j++)
                    {
                        rest[start + j] -= factor * row[j];
                    }
                }
            }

            Array.Clear(rest, pivot / Width * Width, Width);
        }

        return Math.Min(most, Math.Min(Height, Width));
    }

    /// <summary>The kernel divided by its sum, so that a blur keeps the mean of an image; itself if the sum is 1.</summary>
    /// <exception cref="InputException">The sum is not above 0: such a kernel does not blur images.</exception>
    public BlurKernel Normalized()
    {
        const double Rounding = 1e-6;
        double sum = Sum;
        if (sum <= Rounding * _values.Sum(Math.Abs))
        {
            throw Unusable(FormattableString.Invariant(
                $"{Name}: the sum of its values is {sum:0.######}; a blur of images needs a sum above 0"));
        }

        return Math.Abs(sum - 1) <= Rounding
            ? this
            : new BlurKernel(Height, Width, _values.Select(value => value / sum), Name);
    }

    /// <summary>The kernel with all entries multiplied by a factor.</summary>
    public BlurKernel Scaled(double factor) => new(
        Height, Width, _values.Select(value => factor * value),
        FormattableString.Invariant($"{Name} times {factor:0.####}"));

    /// <summary>The kernel as a device tensor (1, 1, height, width).</summary>
    public Tensor ToTensor(Device device) =>
        device.Allocate(Shape.Matrix(Height, Width), Array.ConvertAll(_values, value => (float)value));

    /// <summary>
    /// Whether the other kernel has the same size and, to 1e-6 of the largest entry, the same values.
    /// </summary>
    public bool IsSameAs(BlurKernel other)
    {
        double scale = _values.Max(Math.Abs);
        return Height == other.Height && Width == other.Width
            && _values.Zip(other._values, (a, b) => Math.Abs(a - b)).Max() <= 1e-6 * scale;
    }

    private static double[] ParseRow(string line, int number, string path)
    {
        // A space next to another separator is not a separator: spreadsheets and people write "1, 2".
        string trimmed = line.Trim().TrimEnd(',', ';');
        if (trimmed.Contains(',') && trimmed.Contains(';'))
        {
            throw Unusable(
                $"{path}: line {number} has commas and semicolons; write decimals with a point and separate them by one");
        }

        string[] cells = trimmed.AsSpan().IndexOfAny(',', ';') >= 0
            ? trimmed.Split([',', ';'], StringSplitOptions.TrimEntries)
            : trimmed.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        double[] row = new double[cells.Length];
        for (int i = 0; i < cells.Length; i++)
        {
            if (!StrictNumber.TryParse(cells[i], out row[i]))
            {
                throw Unusable($"{path}: line {number}, '{cells[i]}' is not a finite number; correct the file");
            }
        }

        return row;
    }

    private static void AddPoint(double[] line, int size, double row, double column)
    {
        int top = (int)Math.Floor(row);
        int left = (int)Math.Floor(column);
        for (int i = top; i <= Math.Min(top + 1, size - 1); i++)
        {
            for (int j = left; j <= Math.Min(left + 1, size - 1); j++)
            {
                line[i * size + j] += (1 - Math.Abs(row - i)) * (1 - Math.Abs(column - j));
            }
        }
    }

    private static BlurKernel Normalised(int size, IEnumerable<double> values, string name)
    {
        double[] entries = [.. values];
        double sum = entries.Sum();
        return new BlurKernel(size, size, entries.Select(value => value / sum), name);
    }

    private static InputException Unusable(string message, Exception? cause = null) =>
        cause is null
            ? new InputException(message) { Parameter = "kernel" }
            : new InputException(message, cause) { Parameter = "kernel" };

    private static double Square(double value) => value * value;
}
