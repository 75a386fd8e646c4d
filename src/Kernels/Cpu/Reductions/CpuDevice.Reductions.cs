using System.Runtime.CompilerServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Reductions over a whole tensor: lanes add up at most 16 vectors in float, their sums are added to one double per
/// piece, and the sums of the pieces are added in order, so the result does not depend on the thread count. Bound by
/// memory bandwidth.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private interface IAccumulation
    {
        V Add(V sum, V x, V y);

        float Term(float x, float y);
    }

    protected override void DotCore(Tensor x, Tensor y, Tensor result) => Reduce(default(DotTerm), x, y, result);

    protected override void SumOfMagnitudesCore(Tensor x, Tensor result) =>
        Reduce(default(MagnitudeTerm), x, x, result);

    protected override void SquaredDistanceCore(Tensor x, Tensor y, Tensor result) =>
        Reduce(default(DistanceTerm), x, y, result);

    protected override void AbsoluteDistanceCore(Tensor x, Tensor y, Tensor result) =>
        Reduce(default(AbsoluteDistanceTerm), x, y, result);

    private void Reduce<TOp>(TOp op, Tensor x, Tensor y, Tensor result)
        where TOp : unmanaged, IAccumulation
    {
        *Pointer(result) = (float)Reduce(op, Pointer(x), Pointer(y), x.Count);
    }

    private double Reduce<TOp>(TOp op, float* x, float* y, int count)
        where TOp : unmanaged, IAccumulation
    {
        int pieces = PieceSizes.Count(count);
        double* partial = (double*)Scratch(2L * pieces);
        _pool.Run(new ReduceJob<TOp>(op, x, y, count, partial), pieces);
        return SumInOrder(partial, pieces);
    }

    private static double SumInOrder(double* partial, int pieces)
    {
        double sum = 0;
        for (int i = 0; i < pieces; i++)
        {
            sum += partial[i];
        }

        return sum;
    }

    private readonly struct ReduceJob<TOp>(TOp op, float* x, float* y, int count, double* partial) : IJob
        where TOp : unmanaged, IAccumulation
    {
        public void Execute(int index, int worker)
        {
            int i = index * PieceSizes.Elements;
            int end = Math.Min(i + PieceSizes.Elements, count);
            double sum = 0;
            for (; i <= end - 16 * S.Width; i += 16 * S.Width)
            {
                V a = S.Zero;
                V b = S.Zero;
                V c = S.Zero;
                V d = S.Zero;
                for (int j = i; j < i + 16 * S.Width; j += 4 * S.Width)
                {
                    a = op.Add(a, S.Load(x + j), S.Load(y + j));
                    b = op.Add(b, S.Load(x + j + S.Width), S.Load(y + j + S.Width));
                    c = op.Add(c, S.Load(x + j + 2 * S.Width), S.Load(y + j + 2 * S.Width));
                    d = op.Add(d, S.Load(x + j + 3 * S.Width), S.Load(y + j + 3 * S.Width));
                }

                sum += S.Sum(S.Add(S.Add(a, b), S.Add(c, d)));
            }

            for (; i < end; i++)
            {
                sum += op.Term(x[i], y[i]);
            }

            partial[index] = sum;
        }
    }

    private readonly struct DotTerm : IAccumulation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add(V sum, V x, V y) => S.MultiplyAdd(x, y, sum);

        public float Term(float x, float y) => x * y;
    }

    private readonly struct MagnitudeTerm : IAccumulation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add(V sum, V x, V y) => S.Add(sum, S.Abs(x));

        public float Term(float x, float y) => MathF.Abs(x);
    }

    private readonly struct DistanceTerm : IAccumulation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add(V sum, V x, V y)
        {
            V difference = S.Subtract(x, y);
            return S.MultiplyAdd(difference, difference, sum);
        }

        public float Term(float x, float y) => (x - y) * (x - y);
    }

    private readonly struct AbsoluteDistanceTerm : IAccumulation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add(V sum, V x, V y) => S.Add(sum, S.Abs(S.Subtract(x, y)));

        public float Term(float x, float y) => MathF.Abs(x - y);
    }
}
