namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Along one axis, the taps that contribute to one output, and the inputs that they read; both are equally spaced.
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
    /// Finds the taps and inputs of an output. For a convolution, tap t of output p reads input p·stride + t − before;
    /// for a transposed one, input (p + before − t) / stride if that is an integer. Only inputs in [first, end) count.
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
