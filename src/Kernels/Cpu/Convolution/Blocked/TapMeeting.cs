namespace InfAdmm.Kernels.Cpu;

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
