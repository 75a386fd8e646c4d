namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Transforms the summed products P of one input channel to the gradient of its weights, Gᵀ P G, and stores it as
/// (output channel, input channel, row, column). Bound by memory.
/// </summary>
internal unsafe struct WinogradGradientWeightsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;
    private const int MaxTaps = WinogradWeights.MaxTaps;

    public WinogradGradient Work;
    public int InputChannels;
    public int OutputChannels;
    public int Taps;
    public float* Target;

    private float* _matrix;

    public void Run(WorkerPool pool)
    {
        fixed (float* matrix = WinogradWeights.Matrix(Taps))
        {
            _matrix = matrix;
            pool.Run(this, InputChannels);
        }
    }

    public readonly void Execute(int index, int worker)
    {
        float* half = stackalloc float[MaxTaps * Points * S.Width];
        float* lines = stackalloc float[MaxTaps * MaxTaps * S.Width];
        for (int vector = 0; vector < Work.Groups.Vectors; vector++)
        {
            float* products = Work.Products + ((long)index * Work.Groups.Vectors + vector) * S.Width;
            for (int j = 0; j < Points; j++)
            {
                MultiplyTransposed(
                    products + j * Work.ProductsPitch, (nint)(Points * Work.ProductsPitch),
                    half + j * S.Width, Points * S.Width);
            }

            for (int row = 0; row < Taps; row++)
            {
                MultiplyTransposed(half + row * Points * S.Width, S.Width, lines + row * Taps * S.Width, S.Width);
            }

            Scatter(index, vector, lines);
        }
    }

    /// <summary>target = Gᵀ source: eight vectors to one per tap.</summary>
    private readonly void MultiplyTransposed(float* source, nint sourceStep, float* target, nint targetStep)
    {
        for (int tap = 0; tap < Taps; tap++)
        {
            V sum = S.Multiply(S.Broadcast(_matrix[tap]), S.Load(source));
            for (int point = 1; point < Points; point++)
            {
                V factor = S.Broadcast(_matrix[point * Taps + tap]);
                sum = S.MultiplyAdd(factor, S.Load(source + point * sourceStep), sum);
            }

            S.Store(target + tap * targetStep, sum);
        }
    }

    private readonly void Scatter(int channel, int vector, float* lines)
    {
        int count = Taps * Taps;
        int lanes = Math.Min(S.Width, OutputChannels - vector * S.Width);
        float* target = Target + ((long)vector * S.Width * InputChannels + channel) * count;
        long pitch = (long)InputChannels * count;
        if (lanes == S.Width && count == S.Width)
        {
            float** sources = stackalloc float*[S.Width];
            float** targets = stackalloc float*[S.Width];
            for (int i = 0; i < S.Width; i++)
            {
                sources[i] = lines + i * S.Width;
                targets[i] = target + i * pitch;
            }

            S.Transpose(sources, 0, targets, 0);
            return;
        }

        for (int lane = 0; lane < lanes; lane++)
        {
            for (int tap = 0; tap < count; tap++)
            {
                target[lane * pitch + tap] = lines[tap * S.Width + lane];
            }
        }
    }
}
