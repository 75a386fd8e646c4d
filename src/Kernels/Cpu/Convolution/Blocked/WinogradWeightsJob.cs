namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Transforms the weights of a convolution, G g Gᵀ for every pair of channels, in the order that
/// <see cref="WinogradConvolutionJob{S, V}"/> reads: [group of vectors][point][input channel][vector of the group].
/// Output channels are in the lanes. A piece is one group of vectors times one input channel; bound by multiply-adds,
/// about 400 per vector and input channel.
/// </summary>
internal unsafe struct WinogradWeightsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const int Points = WinogradWeights.Points;
    private const int MaxTaps = WinogradWeights.MaxTaps;

    public float* Source;
    public int OutputChannels;
    public int InputChannels;

    /// <summary>Floats from one output channel to the next in the source.</summary>
    public long OutputPitch;

    /// <summary>Floats from one input channel to the next in the source.</summary>
    public long InputPitch;

    /// <summary>Taps per side of the kernel.</summary>
    public int Taps;

    /// <summary>Whether the kernel is rotated by 180°.</summary>
    public bool Rotated;

    public VectorGroups Groups;
    public float* Target;

    private float* _matrix;

    public void Run(WorkerPool pool)
    {
        fixed (float* matrix = WinogradWeights.Matrix(Taps))
        {
            _matrix = matrix;
            pool.Run(this, Groups.Count * InputChannels);
        }
    }

    public readonly void Execute(int index, int worker)
    {
        int group = index / InputChannels;
        int channel = index % InputChannels;
        int vectors = Groups.Size(group);
        int start = Groups.Start(group);
        float* taps = stackalloc float[MaxTaps * MaxTaps * S.Width];
        float* half = stackalloc float[Points * MaxTaps * S.Width];
        float* target = Target + Points * Points * (long)start * S.Width * InputChannels;
        nint pointPitch = (nint)InputChannels * vectors * S.Width;
        for (int v = 0; v < vectors; v++)
        {
            Gather(channel, start + v, taps);
            for (int column = 0; column < Taps; column++)
            {
                Multiply(taps + column * S.Width, Taps * S.Width, half + column * S.Width, Taps * S.Width);
            }

            float* line = target + ((long)channel * vectors + v) * S.Width;
            for (int row = 0; row < Points; row++)
            {
                Multiply(half + row * Taps * S.Width, S.Width, line + row * Points * pointPitch, pointPitch);
            }
        }
    }

    /// <summary>Gathers the taps of a vector of output channels, one line per tap.</summary>
    private readonly void Gather(int channel, int vector, float* lines)
    {
        int count = Taps * Taps;
        float** sources = stackalloc float*[S.Width];
        float** targets = stackalloc float*[S.Width];
        for (int lane = 0; lane < S.Width; lane++)
        {
            // Lanes beyond the last channel repeat it; their results are not used.
            int output = Math.Min(vector * S.Width + lane, OutputChannels - 1);
            sources[lane] = Source + output * OutputPitch + channel * InputPitch;
        }

        int tap = 0;
        for (; tap + S.Width <= count; tap += S.Width)
        {
            for (int i = 0; i < S.Width; i++)
            {
                targets[i] = lines + Place(tap + i) * S.Width;
            }

            S.Transpose(sources, tap, targets, 0);
        }

        for (; tap < count; tap++)
        {
            float* line = lines + Place(tap) * S.Width;
            for (int lane = 0; lane < S.Width; lane++)
            {
                line[lane] = sources[lane][tap];
            }
        }
    }

    private readonly int Place(int tap) => Rotated ? Taps * Taps - 1 - tap : tap;

    /// <summary>target = G source: one vector per tap to eight vectors.</summary>
    private readonly void Multiply(float* source, nint sourceStep, float* target, nint targetStep)
    {
        float* factor = _matrix;
        for (int point = 0; point < Points; point++)
        {
            V sum = S.Multiply(S.Broadcast(factor[0]), S.Load(source));
            for (int tap = 1; tap < Taps; tap++)
            {
                sum = S.MultiplyAdd(S.Broadcast(factor[tap]), S.Load(source + tap * sourceStep), sum);
            }

            S.Store(target + point * targetStep, sum);
            factor += Taps;
        }
    }
}
