namespace InfAdmm.Engine;

/// <remarks>Batch normalization. Statistics, gains γ and offsets β are (1, C, 1, 1), one value per channel.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// Batch normalization in training (Ioffe and Szegedy 2015, Algorithm 1): y = act(γ[c]·(x − mean[c])·r[c] + β[c])
    /// with the mean and the biased variance of each channel over N, H and W, and r = 1/√(variance + ε), which is
    /// written to <paramref name="inverseDeviation"/>. The running mean and the running variance are updated, the
    /// latter with the sample variance (divided by the count minus one). y may be x.
    /// </summary>
    /// <exception cref="ShapeException">A shape is wrong, or a channel has only one value.</exception>
    /// <exception cref="ArgumentException">The activation is neither None nor Relu.</exception>
    public void BatchNorm(
        Tensor x, Tensor gamma, Tensor beta, BatchNormSpec spec, Activation activation,
        Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, x.Shape, nameof(BatchNorm), nameof(y));
        CheckNormActivation(activation, nameof(BatchNorm));
        CheckOfChannels(gamma, x, nameof(BatchNorm), nameof(gamma));
        CheckOfChannels(beta, x, nameof(BatchNorm), nameof(beta));
        CheckOfChannels(runningMean, x, nameof(BatchNorm), nameof(runningMean));
        CheckOfChannels(runningVariance, x, nameof(BatchNorm), nameof(runningVariance));
        CheckOfChannels(mean, x, nameof(BatchNorm), nameof(mean));
        CheckOfChannels(inverseDeviation, x, nameof(BatchNorm), nameof(inverseDeviation));
        if (x.Shape.Count == x.Shape.C)
        {
            throw new ShapeException($"{nameof(BatchNorm)}: needs at least 2 values per channel, got {x.Shape}");
        }

        BatchNormCore(x, gamma, beta, spec, activation, runningMean, runningVariance, mean, inverseDeviation, y);
    }

    /// <summary>
    /// Batch normalization with given statistics: y = act(γ[c]·(x − mean[c])·r[c] + β[c]) with r = 1/√(variance + ε),
    /// which is written to <paramref name="inverseDeviation"/>. y may be x.
    /// </summary>
    /// <exception cref="ShapeException">A shape is wrong.</exception>
    /// <exception cref="ArgumentException">The activation is neither None nor Relu.</exception>
    public void BatchNormFixed(
        Tensor x, Tensor gamma, Tensor beta, float epsilon, Activation activation,
        Tensor mean, Tensor variance, Tensor inverseDeviation, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, x.Shape, nameof(BatchNormFixed), nameof(y));
        CheckNormActivation(activation, nameof(BatchNormFixed));
        CheckOfChannels(gamma, x, nameof(BatchNormFixed), nameof(gamma));
        CheckOfChannels(beta, x, nameof(BatchNormFixed), nameof(beta));
        CheckOfChannels(mean, x, nameof(BatchNormFixed), nameof(mean));
        CheckOfChannels(variance, x, nameof(BatchNormFixed), nameof(variance));
        CheckOfChannels(inverseDeviation, x, nameof(BatchNormFixed), nameof(inverseDeviation));
        BatchNormFixedCore(x, gamma, beta, epsilon, activation, mean, variance, inverseDeviation, y);
    }

    /// <summary>
    /// The gradients of <see cref="BatchNorm"/>, or of <see cref="BatchNormFixed"/> if
    /// <paramref name="fixedStatistics"/> is true. Let g = gy where the activation passes it, else 0 (a ReLU passes it
    /// where y is positive; y is not read without a ReLU), x̂ = (x − mean)·r and M the values per channel. Then gbeta =
    /// Σ g, ggamma = Σ g·x̂, and gx = γ·r·(g − gbeta/M − x̂·ggamma/M), or γ·r·g for fixed statistics. gx may be gy.
    /// </summary>
    /// <exception cref="ShapeException">A shape is wrong.</exception>
    /// <exception cref="ArgumentException">The activation is neither None nor Relu.</exception>
    public void BatchNormBackward(
        Tensor x, Tensor y, Tensor gy, Tensor gamma, Tensor mean, Tensor inverseDeviation, Activation activation,
        bool fixedStatistics, Tensor gx, Tensor ggamma, Tensor gbeta)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckOwn(gy, gx);
        CheckShape(y, x.Shape, nameof(BatchNormBackward), nameof(y));
        CheckShape(gy, x.Shape, nameof(BatchNormBackward), nameof(gy));
        CheckShape(gx, x.Shape, nameof(BatchNormBackward), nameof(gx));
        CheckNormActivation(activation, nameof(BatchNormBackward));
        CheckOfChannels(gamma, x, nameof(BatchNormBackward), nameof(gamma));
        CheckOfChannels(mean, x, nameof(BatchNormBackward), nameof(mean));
        CheckOfChannels(inverseDeviation, x, nameof(BatchNormBackward), nameof(inverseDeviation));
        CheckOfChannels(ggamma, x, nameof(BatchNormBackward), nameof(ggamma));
        CheckOfChannels(gbeta, x, nameof(BatchNormBackward), nameof(gbeta));
        BatchNormBackwardCore(
            x, y, gy, gamma, mean, inverseDeviation, activation, fixedStatistics, gx, ggamma, gbeta);
    }

    /// <summary>See <see cref="BatchNorm"/>.</summary>
    protected abstract void BatchNormCore(
        Tensor x, Tensor gamma, Tensor beta, BatchNormSpec spec, Activation activation,
        Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor y);

    /// <summary>See <see cref="BatchNormFixed"/>.</summary>
    protected abstract void BatchNormFixedCore(
        Tensor x, Tensor gamma, Tensor beta, float epsilon, Activation activation,
        Tensor mean, Tensor variance, Tensor inverseDeviation, Tensor y);

    /// <summary>See <see cref="BatchNormBackward"/>.</summary>
    protected abstract void BatchNormBackwardCore(
        Tensor x, Tensor y, Tensor gy, Tensor gamma, Tensor mean, Tensor inverseDeviation, Activation activation,
        bool fixedStatistics, Tensor gx, Tensor ggamma, Tensor gbeta);

    private static void CheckNormActivation(Activation activation, string op)
    {
        if (activation is not (Activation.None or Activation.Relu))
        {
            throw new ArgumentException($"{op}: only ReLU can be fused, got {activation}", nameof(activation));
        }
    }

    private void CheckOfChannels(Tensor tensor, Tensor x, string op, string role)
    {
        CheckOwn(tensor);
        CheckShape(tensor, new Shape(1, x.Shape.C, 1, 1), op, role);
    }
}
