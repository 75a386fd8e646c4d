using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// One conjugate-gradient iteration in three passes: pᵀGp; s += αp, r −= αGp and ‖r‖² together; p = r + βp. The data
/// dependencies do not allow fewer. 44 bytes per element, bound by memory bandwidth (by the caches on small grids).
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void ConjugateGradientStepCore(
        Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state)
    {
        int count = direction.Count;
        float* p = Pointer(direction);
        float* r = Pointer(residual);
        float* squaredResidual = Pointer(state);
        double curvature = Reduce(default(DotTerm), p, Pointer(image), count);
        if (curvature == 0)
        {
            return;
        }

        double alpha = *squaredResidual / curvature;
        int pieces = PieceSizes.Count(count);
        double* partial = (double*)Scratch(2L * pieces);
        var advance = new AdvanceJob(p, Pointer(image), Pointer(solution), r, (float)alpha, count, partial);
        _pool.Run(advance, pieces);
        double next = SumInOrder(partial, pieces);
        float beta = (float)(next / *squaredResidual);
        Map(new LinearCombination(1, beta), r, p, p, count);
        *squaredResidual = (float)next;
    }

    private readonly struct AdvanceJob(
        float* p, float* image, float* solution, float* r, float alpha, int count, double* partial) : IJob
    {
        public void Execute(int index, int worker)
        {
            int i = index * PieceSizes.Elements;
            int end = Math.Min(i + PieceSizes.Elements, count);
            V step = S.Broadcast(alpha);
            V negativeStep = S.Broadcast(-alpha);
            double sum = 0;
            for (; i <= end - 4 * S.Width; i += 4 * S.Width)
            {
                V squares = S.Zero;
                for (int j = i; j < i + 4 * S.Width; j += S.Width)
                {
                    S.Store(solution + j, S.MultiplyAdd(step, S.Load(p + j), S.Load(solution + j)));
                    V next = S.MultiplyAdd(negativeStep, S.Load(image + j), S.Load(r + j));
                    S.Store(r + j, next);
                    squares = S.MultiplyAdd(next, next, squares);
                }

                sum += S.Sum(squares);
            }

            for (; i < end; i++)
            {
                solution[i] = float.MultiplyAddEstimate(alpha, p[i], solution[i]);
                r[i] = float.MultiplyAddEstimate(-alpha, image[i], r[i]);
                sum += r[i] * r[i];
            }

            partial[index] = sum;
        }
    }
}
