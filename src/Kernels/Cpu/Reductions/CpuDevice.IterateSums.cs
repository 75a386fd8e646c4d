using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The sums for the residuals and the objective of an ADMM iterate in one pass: 16 bytes per element, bound by memory
/// bandwidth. They are added up like the other reductions, so they do not depend on the thread count either.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void IterateSumsCore(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums)
    {
        int count = x.Count;
        int pieces = PieceSizes.Count(count);
        double* partial = (double*)Scratch(2L * Device.IterateSumCount * pieces);
        _pool.Run(
            new IterateSumsJob(Pointer(x), Pointer(z), Pointer(previousZ), Pointer(q), count, partial), pieces);
        for (int k = 0; k < Device.IterateSumCount; k++)
        {
            double sum = 0;
            for (int i = 0; i < pieces; i++)
            {
                sum += partial[i * Device.IterateSumCount + k];
            }

            Pointer(sums)[k] = (float)sum;
        }
    }

    private readonly struct IterateSumsJob(
        float* x, float* z, float* previousZ, float* q, int count, double* partial) : IJob
    {
        public void Execute(int index, int worker)
        {
            int i = index * PieceSizes.Elements;
            int end = Math.Min(i + PieceSizes.Elements, count);
            double primal = 0;
            double change = 0;
            double dual = 0;
            double squaresX = 0;
            double squaresZ = 0;
            double magnitudesX = 0;
            double magnitudesZ = 0;
            for (; i <= end - 16 * S.Width; i += 16 * S.Width)
            {
                V primalRun = S.Zero;
                V changeRun = S.Zero;
                V dualRun = S.Zero;
                V squaresXRun = S.Zero;
                V squaresZRun = S.Zero;
                V magnitudesXRun = S.Zero;
                V magnitudesZRun = S.Zero;
                for (int j = i; j < i + 16 * S.Width; j += S.Width)
                {
                    V a = S.Load(x + j);
                    V b = S.Load(z + j);
                    V primalStep = S.Subtract(a, b);
                    V changeStep = S.Subtract(b, S.Load(previousZ + j));
                    V dualStep = S.Subtract(S.Load(q + j), b);
                    primalRun = S.MultiplyAdd(primalStep, primalStep, primalRun);
                    changeRun = S.MultiplyAdd(changeStep, changeStep, changeRun);
                    dualRun = S.MultiplyAdd(dualStep, dualStep, dualRun);
                    squaresXRun = S.MultiplyAdd(a, a, squaresXRun);
                    squaresZRun = S.MultiplyAdd(b, b, squaresZRun);
                    magnitudesXRun = S.Add(magnitudesXRun, S.Abs(a));
                    magnitudesZRun = S.Add(magnitudesZRun, S.Abs(b));
                }

                primal += S.Sum(primalRun);
                change += S.Sum(changeRun);
                dual += S.Sum(dualRun);
                squaresX += S.Sum(squaresXRun);
                squaresZ += S.Sum(squaresZRun);
                magnitudesX += S.Sum(magnitudesXRun);
                magnitudesZ += S.Sum(magnitudesZRun);
            }

            for (; i < end; i++)
            {
                float primalStep = x[i] - z[i];
                float changeStep = z[i] - previousZ[i];
                float dualStep = q[i] - z[i];
                primal += primalStep * primalStep;
                change += changeStep * changeStep;
                dual += dualStep * dualStep;
                squaresX += x[i] * x[i];
                squaresZ += z[i] * z[i];
                magnitudesX += MathF.Abs(x[i]);
                magnitudesZ += MathF.Abs(z[i]);
            }

            double* result = partial + index * Device.IterateSumCount;
            result[0] = primal;
            result[1] = change;
            result[2] = dual;
            result[3] = squaresX;
            result[4] = squaresZ;
            result[5] = magnitudesX;
            result[6] = magnitudesZ;
        }
    }
}
