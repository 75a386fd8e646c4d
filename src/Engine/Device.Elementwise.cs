namespace InfAdmm.Engine;

/// <remarks>Elementwise ops.</remarks>
public abstract partial class Device
{
    /// <summary>result = alpha·x + beta·y. The result may be x or y.</summary>
    public void Combine(float alpha, Tensor x, float beta, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(Combine));
        CheckSameCount(x, result, nameof(Combine));
        CombineCore(alpha, x, beta, y, result);
    }

    /// <summary>y = alpha·x. y may be x.</summary>
    public void Scale(float alpha, Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Scale));
        ScaleCore(alpha, x, y);
    }

    /// <summary>y = max(x, 0). y may be x. A NaN stays NaN.</summary>
    public void Relu(Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Relu));
        ReluCore(x, y);
    }

    /// <summary>gx = gy where y, the output of the ReLU, is positive, else 0. gx may be gy.</summary>
    public void ReluBackward(Tensor y, Tensor gy, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, gy, gx);
        CheckSameCount(y, gy, nameof(ReluBackward));
        CheckSameCount(y, gx, nameof(ReluBackward));
        ReluBackwardCore(y, gy, gx);
    }

    /// <summary>y = x where x is positive, else slope·x, 0 &lt; slope &lt; 1. y may be x. A NaN stays NaN.</summary>
    public void LeakyRelu(Tensor x, float slope, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(LeakyRelu));
        LeakyReluCore(x, slope, y);
    }

    /// <summary>gx = gy where y, the output of the leaky ReLU, is positive, else slope·gy. gx may be gy.</summary>
    public void LeakyReluBackward(Tensor y, Tensor gy, float slope, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, gy, gx);
        CheckSameCount(y, gy, nameof(LeakyReluBackward));
        CheckSameCount(y, gx, nameof(LeakyReluBackward));
        LeakyReluBackwardCore(y, gy, slope, gx);
    }

    /// <summary>y = 1 / (1 + exp(−x)). y may be x. A NaN stays NaN.</summary>
    public void Sigmoid(Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Sigmoid));
        SigmoidCore(x, y);
    }

    /// <summary>gx = gy·y·(1 − y), where y is the output of the sigmoid. gx may be gy.</summary>
    public void SigmoidBackward(Tensor y, Tensor gy, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, gy, gx);
        CheckSameCount(y, gy, nameof(SigmoidBackward));
        CheckSameCount(y, gx, nameof(SigmoidBackward));
        SigmoidBackwardCore(y, gy, gx);
    }

    /// <summary>
    /// y = sign(x)·max(|x| − tau, 0), the proximal operator of tau·‖·‖₁. y may be x. A NaN stays NaN. tau is a scalar
    /// on the device, so that recorded work can be launched with a different value.
    /// </summary>
    public void SoftThreshold(Tensor x, Tensor tau, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, tau, y);
        CheckShape(tau, Shape.Scalar, nameof(SoftThreshold), nameof(tau));
        CheckSameCount(x, y, nameof(SoftThreshold));
        SoftThresholdCore(x, tau, y);
    }

    /// <summary>
    /// w = q − z, x = sign(z − w)·max(|z − w| − tau, 0), q = x + w in one pass: the dual update and the next x-update
    /// of ADMM with an l1 prior. On entry q is the point that the last z-update started from, on return the point for
    /// the next one. x is a separate tensor; tau is a scalar on the device. Moves 16 bytes per element where four
    /// separate ops would move 44.
    /// </summary>
    public void SoftThresholdReflected(Tensor z, Tensor tau, Tensor q, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(z, q, x);
        CheckOwn(tau);
        CheckShape(tau, Shape.Scalar, nameof(SoftThresholdReflected), nameof(tau));
        CheckSameCount(z, q, nameof(SoftThresholdReflected));
        CheckSameCount(z, x, nameof(SoftThresholdReflected));
        CheckDistinct(z, x, nameof(SoftThresholdReflected));
        CheckDistinct(z, q, nameof(SoftThresholdReflected));
        CheckDistinct(q, x, nameof(SoftThresholdReflected));
        SoftThresholdReflectedCore(z, tau, q, x);
    }
}
