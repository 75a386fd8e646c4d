using System.Numerics.Tensors;
using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers.LearnedOperator;

/// <summary>
/// min ½ hᵀ N h − rᵀ h, optionally with Σ h = 1 and h ≥ 0, for a small positive definite N, in double precision: a primal
/// active-set method (Nocedal and Wright, Numerical Optimization, §16.5).
/// </summary>
internal sealed class QuadraticProgram(double[] matrix, double[] right, bool sumIsOne, bool isNonNegative)
{
    private const double Rounding = 1e-12;

    private int Size => right.Length;

    /// <summary>Returns the minimiser; null if N is not positive definite.</summary>
    public double[]? Solve()
    {
        bool[] free = new bool[Size];
        Array.Fill(free, true);
        double[] h = new double[Size];
        Array.Fill(h, 1.0 / Size);
        for (int step = 0; step < 20 * Size; step++)
        {
            (double[]? candidate, double multiplier) = Minimise(free);
            if (candidate is null)
            {
                return null;
            }

            if (!isNonNegative || IsFeasible(candidate, free))
            {
                h = candidate;
                if (!isNonNegative || Released(h, multiplier, free) is not { } next)
                {
                    return h;
                }

                free[next] = true;
                continue;
            }

            Approach(h, candidate, free);
        }

        return h;
    }

    private bool IsFeasible(double[] candidate, bool[] free)
    {
        double limit = -Rounding * candidate.Max(Math.Abs);
        return Enumerable.Range(0, Size).All(i => !free[i] || candidate[i] >= limit);
    }

    /// <summary>Moves to the candidate until the first entry becomes 0, and fixes those that are.</summary>
    private void Approach(double[] h, double[] candidate, bool[] free)
    {
        double part = 1;
        int blocking = -1;
        for (int i = 0; i < Size; i++)
        {
            if (free[i] && candidate[i] < 0 && h[i] / (h[i] - candidate[i]) is var reach && reach < part)
            {
                part = reach;
                blocking = i;
            }
        }

        for (int i = 0; i < Size; i++)
        {
            h[i] += part * (candidate[i] - h[i]);
        }

        for (int i = 0; i < Size; i++)
        {
            if (free[i] && (i == blocking || h[i] <= 0))
            {
                free[i] = false;
                h[i] = 0;
            }
        }
    }

    /// <summary>The fixed entry whose increase improves most; null at the minimum.</summary>
    private int? Released(double[] h, double multiplier, bool[] free)
    {
        int? best = null;
        double least = -Rounding * matrix.Max(Math.Abs);
        for (int i = 0; i < Size; i++)
        {
            if (free[i])
            {
                continue;
            }

            double slope = TensorPrimitives.Dot<double>(matrix.AsSpan(i * Size, Size), h) - right[i] + multiplier;
            if (slope < least)
            {
                least = slope;
                best = i;
            }
        }

        return best;
    }

    /// <summary>
    /// The minimiser over the free entries, and the multiplier of the sum: N h = r − μ1, with μ so that Σ h = 1.
    /// </summary>
    private (double[]? H, double Multiplier) Minimise(bool[] free)
    {
        int[] of = [.. Enumerable.Range(0, Size).Where(i => free[i])];
        double[] factor = new double[of.Length * of.Length];
        for (int i = 0; i < of.Length; i++)
        {
            for (int j = 0; j < of.Length; j++)
            {
                factor[i * of.Length + j] = matrix[of[i] * Size + of[j]];
            }
        }

        try
        {
            BlockedCholesky.Factor(factor, of.Length, threads: 1);
        }
        catch (InputException)
        {
            return (null, 0);
        }

        double[] solution = [.. of.Select(i => right[i])];
        BlockedCholesky.Solve(factor, of.Length, solution);
        double multiplier = 0;
        if (sumIsOne)
        {
            double[] ones = new double[of.Length];
            Array.Fill(ones, 1);
            BlockedCholesky.Solve(factor, of.Length, ones);
            multiplier = (solution.Sum() - 1) / ones.Sum();
            for (int i = 0; i < of.Length; i++)
            {
                solution[i] -= multiplier * ones[i];
            }
        }

        double[] h = new double[Size];
        for (int i = 0; i < of.Length; i++)
        {
            h[of[i]] = solution[i];
        }

        return (h, multiplier);
    }
}
