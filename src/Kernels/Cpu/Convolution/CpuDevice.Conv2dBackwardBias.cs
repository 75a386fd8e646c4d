using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>gb[c] = Σ gy over images and pixels. Bound by memory: reads 4 bytes per pixel.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void Conv2dBackwardBiasCore(Tensor gy, Tensor gb)
    {
        var job = new SumPlanesJob { Source = Pointer(gy), Shape = gy.Shape, Target = Pointer(gb) };
        _pool.Run(job, gy.Shape.C);
    }

    /// <summary>Sums one channel: short runs in float lanes, the sums of the runs in double.</summary>
    private struct SumPlanesJob : IJob
    {
        /// <summary>Vectors that each of the four lane sums adds up before it is added to the sum in double.</summary>
        private const int Run = 32;

        public float* Source;
        public Shape Shape;
        public float* Target;

        public readonly void Execute(int index, int worker)
        {
            double sum = 0;
            for (int n = 0; n < Shape.N; n++)
            {
                sum += SumPlane(Source + ((long)n * Shape.C + index) * Shape.PlaneSize);
            }

            Target[index] = (float)sum;
        }

        private readonly double SumPlane(float* plane)
        {
            double sum = 0;
            float* end = plane + Shape.PlaneSize;
            while (end - plane >= 4 * S.Width)
            {
                V sum0 = S.Zero;
                V sum1 = S.Zero;
                V sum2 = S.Zero;
                V sum3 = S.Zero;
                for (int i = 0; i < Run && end - plane >= 4 * S.Width; i++)
                {
                    sum0 = S.Add(sum0, S.Load(plane));
                    sum1 = S.Add(sum1, S.Load(plane + S.Width));
                    sum2 = S.Add(sum2, S.Load(plane + 2 * S.Width));
                    sum3 = S.Add(sum3, S.Load(plane + 3 * S.Width));
                    plane += 4 * S.Width;
                }

                sum += S.Sum(sum0) + S.Sum(sum1) + S.Sum(sum2) + S.Sum(sum3);
            }

            for (; plane < end; plane++)
            {
                sum += *plane;
            }

            return sum;
        }
    }
}
