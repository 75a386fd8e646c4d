namespace InfAdmm.Engine;

/// <remarks>Reductions, accumulated in double, in an order that does not depend on the thread count.</remarks>
public abstract partial class Device
{
    /// <summary>The number of sums that <see cref="IterateSums"/> computes.</summary>
    public const int IterateSumCount = 7;

    /// <summary>result[0] = Σ x·y.</summary>
    public void Dot(Tensor x, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(Dot));
        CheckShape(result, Shape.Scalar, nameof(Dot), nameof(result));
        DotCore(x, y, result);
    }

    /// <summary>result[0] = Σ |x|.</summary>
    public void SumOfMagnitudes(Tensor x, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, result);
        CheckShape(result, Shape.Scalar, nameof(SumOfMagnitudes), nameof(result));
        SumOfMagnitudesCore(x, result);
    }

    /// <summary>result[0] = Σ (x − y)².</summary>
    public void SquaredDistance(Tensor x, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(SquaredDistance));
        CheckShape(result, Shape.Scalar, nameof(SquaredDistance), nameof(result));
        SquaredDistanceCore(x, y, result);
    }

    /// <summary>result[0] = Σ |x − y|.</summary>
    public void AbsoluteDistance(Tensor x, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(AbsoluteDistance));
        CheckShape(result, Shape.Scalar, nameof(AbsoluteDistance), nameof(result));
        AbsoluteDistanceCore(x, y, result);
    }

    /// <summary>
    /// gx = scale·sign(x − y), 0 where x and y are equal: a subgradient of scale·Σ |x − y|. gx may be x or y.
    /// </summary>
    public void AbsoluteDistanceBackward(float scale, Tensor x, Tensor y, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, gx);
        CheckSameCount(x, y, nameof(AbsoluteDistanceBackward));
        CheckSameCount(x, gx, nameof(AbsoluteDistanceBackward));
        AbsoluteDistanceBackwardCore(scale, x, y, gx);
    }

    /// <summary>
    /// Boyd's stopping rule (Boyd et al. 2011, §3.3), computed from the sums of <see cref="IterateSums"/>: verdict[0] =
    /// 1 if ‖x − z‖ ≤ floor + ε·max(‖x‖, ‖z‖) and 2ρ‖z − previousZ‖ ≤ floor + ε·2ρ‖q − z‖, else 0. rule (1, 1, 1, 3)
    /// holds ρ, floor = ε_abs·√n and ε on the device. A NaN among the sums gives 0.
    /// </summary>
    public void StoppingTest(Tensor sums, Tensor rule, Tensor verdict)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(sums, rule, verdict);
        CheckShape(sums, Shape.Vector(IterateSumCount), nameof(StoppingTest), nameof(sums));
        CheckShape(rule, Shape.Vector(3), nameof(StoppingTest), nameof(rule));
        CheckShape(verdict, Shape.Scalar, nameof(StoppingTest), nameof(verdict));
        StoppingTestCore(sums, rule, verdict);
    }

    /// <summary>
    /// The sums for the residuals and the objective of an ADMM iterate, in one pass of 16 bytes per element. sums
    /// (1, 1, 1, 7) receives Σ (x − z)², Σ (z − previousZ)², Σ (q − z)² (of the scaled dual), Σ x², Σ z², Σ |x| and
    /// Σ |z|.
    /// </summary>
    public void IterateSums(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, z, previousZ);
        CheckOwn(q, sums);
        CheckSameCount(x, z, nameof(IterateSums));
        CheckSameCount(x, previousZ, nameof(IterateSums));
        CheckSameCount(x, q, nameof(IterateSums));
        CheckShape(sums, Shape.Vector(IterateSumCount), nameof(IterateSums), nameof(sums));
        IterateSumsCore(x, z, previousZ, q, sums);
    }
}
