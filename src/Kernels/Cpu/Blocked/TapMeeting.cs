namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// The taps of a kernel's row or column that one output sees, and the inputs that it sees them at: both in equal steps.
/// </summary>
internal readonly struct TapMeeting
{
    private TapMeeting(int tap, int tapStep, int input, int inputStep, int count)
    {
        Tap = tap;
        TapStep = tapStep;
        Input = input;
        InputStep = inputStep;
        Count = count;
    }

    public int Tap { get; }

    public int TapStep { get; }

    public int Input { get; }

    public int InputStep { get; }

    public int Count { get; }

    /// <summary>
    /// A convolution's output p and tap t meet at input p·stride + t − before, a transposed one's at
    /// (p + before − t) / stride where that is whole, if that is an input from first to end.
    /// </summary>
    public static TapMeeting Of(int output, int taps, int stride, int before, bool transposed, int first, int end)
    {
        if (!transposed)
        {
            int place = output * stride - before;
            int skipped = Math.Max(0, first - place);
            return new TapMeeting(skipped, 1, place + skipped, 1, Math.Min(taps - skipped, end - place - skipped));
        }
        else
        {
            int place = output + before;
            int skipped = Math.Max(0, place / stride - end + 1);
            int tap = place % stride + skipped * stride;
            int input = place / stride - skipped;
            int count = Math.Min((taps - 1 - tap + stride) / stride, input - first + 1);
            return new TapMeeting(tap, stride, input, -1, count);
        }
    }
}

/// <summary>
/// The second half of a convolution done as one product: where the products of all taps lie, and which of them an output
/// adds up. <see cref="Rows"/> and <see cref="Columns"/> hold the meetings of every output row and column.
/// </summary>
internal unsafe struct TapProducts
{
    /// <summary>The products at input pixel (0, 0), [row][column][tap][channel].</summary>
    public float* Origin;

    public long ImagePitch;
    public long RowPitch;
    public nint PixelPitch;

    /// <summary>Floats from one tap's products to the next tap's.</summary>
    public nint TapPitch;

    /// <summary>Taps of a kernel's row.</summary>
    public int TapColumns;

    public TapMeeting* Rows;
    public TapMeeting* Columns;

    /// <summary>The products of an output row's first tap row and of no column yet.</summary>
    public readonly float* Line(int image, int row) =>
        Origin + image * ImagePitch + Rows[row].Input * RowPitch + (nint)Rows[row].Tap * TapColumns * TapPitch;

    /// <summary>Floats from one tap row's products to the next one's.</summary>
    public readonly long LineStep(int row) =>
        Rows[row].InputStep * RowPitch + (nint)Rows[row].TapStep * TapColumns * TapPitch;

    /// <summary>Floats from a line to an output column's first products.</summary>
    public readonly nint First(int column) => Columns[column].Input * PixelPitch + Columns[column].Tap * TapPitch;

    /// <summary>Floats from one tap's products to the next one's within a row.</summary>
    public readonly nint Step(int column) => Columns[column].InputStep * PixelPitch + Columns[column].TapStep * TapPitch;
}
