using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11) and the Box–Muller transform:
/// counter (block, stream) and key (seed) give four words, and these give two pairs of normals. Bound by logarithm and
/// sine.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void FillNormalCore(ulong seed, ulong stream, Tensor y) => FillNormalCore(seed, stream, 0, y);

    protected override void FillNormalCore(ulong seed, ulong stream, long first, Tensor y)
    {
        // Numbers come in blocks of four, and the first one may be inside of a block.
        int skipped = (int)(first % 4);
        var job = new NormalJob(seed, stream, (uint)(first / 4), Pointer(y) - skipped, skipped, skipped + y.Count);
        _pool.Run(job, PieceSizes.Count(skipped + y.Count));
    }

    private readonly struct NormalJob(ulong seed, ulong stream, uint firstBlock, float* y, int skipped, int count) : IJob
    {
        private const uint Multiplier0 = 0xD2511F53;
        private const uint Multiplier1 = 0xCD9E8D57;
        private const uint Weyl0 = 0x9E3779B9;
        private const uint Weyl1 = 0xBB67AE85;
        private const int Rounds = 10;

        public void Execute(int index, int worker)
        {
            int start = index * PieceSizes.Elements;
            int end = Math.Min(start + PieceSizes.Elements, count);
            float* block = stackalloc float[4];
            for (int i = start; i < end; i += 4)
            {
                Generate(firstBlock + (uint)(i / 4), block);
                for (int j = Math.Max(i, skipped); j < Math.Min(i + 4, end); j++)
                {
                    y[j] = block[j - i];
                }
            }
        }

        private void Generate(uint counter, float* normals)
        {
            uint c0 = counter;
            uint c1 = 0;
            uint c2 = (uint)stream;
            uint c3 = (uint)(stream >> 32);
            uint k0 = (uint)seed;
            uint k1 = (uint)(seed >> 32);
            for (int round = 0; round < Rounds; round++)
            {
                ulong product0 = (ulong)Multiplier0 * c0;
                ulong product1 = (ulong)Multiplier1 * c2;
                (c0, c1, c2, c3) = (
                    (uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
                k0 += Weyl0;
                k1 += Weyl1;
            }

            BoxMuller(c0, c1, normals);
            BoxMuller(c2, c3, normals + 2);
        }

        /// <summary>Uniforms are (w + ½)/2²³ of the top 23 bits: exact in float, never 0 or 1.</summary>
        private static void BoxMuller(uint first, uint second, float* pair)
        {
            const float Scale = 1f / (1 << 23);
            float radius = MathF.Sqrt(-2 * MathF.Log(((first >> 9) + 0.5f) * Scale));
            (float sine, float cosine) = MathF.SinCos(2 * MathF.PI * (((second >> 9) + 0.5f) * Scale));
            pair[0] = radius * cosine;
            pair[1] = radius * sine;
        }
    }
}
