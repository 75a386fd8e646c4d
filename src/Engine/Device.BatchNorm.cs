namespace InfAdmm.Engine;

/// <remarks>Batch normalization: its statistics, gains and offsets are (1, C, 1, 1), one value a channel.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// Batch normalization in training (Ioffe and Szegedy 2015, Algorithm 1): y = act(γ[c]·(x − mean[c])·r[c] + β[c])
    /// with mean and biased variance of each channel over N, H and W, and r = 1/√(variance + ε), which is written to
    /// <paramref name="inverseDeviation"/>. The running mean and the running variance, that of the sample (divided by
    /// the count less one), take in the batch. y may be x.
    /// </summary>
    /// <exception cref="ShapeException">A shape does not fit, or a channel has a single value.</exception>
    /// <exception cref="ArgumentException">The activation is neither none nor ReLU.</exception>
    public void BatchNorm(
        Tensor x, Tensor gamma, Tensor beta, BatchNormSpec spec, Activation activation,
        Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor y)
    {
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
            throw new ShapeException($"{nameof(BatchNorm)}: {x.Shape} has one value a channel, which has no variance");
        }

        BatchNormCore(x, gamma, beta, spec, activation, runningMean, runningVariance, mean, inverseDeviation, y);
    }

    /// <summary>
    /// Batch normalization with given statistics: y = act(γ[c]·(x − mean[c])·r[c] + β[c]), r = 1/√(variance + ε), which
    /// is written to <paramref name="inverseDeviation"/>. y may be x.
    /// </summary>
    /// <exception cref="ShapeException">A shape does not fit.</exception>
    /// <exception cref="ArgumentException">The activation is neither none nor ReLU.</exception>
    public void BatchNormFixed(
        Tensor x, Tensor gamma, Tensor beta, float epsilon, Activation activation,
        Tensor mean, Tensor variance, Tensor inverseDeviation, Tensor y)
    {
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
    /// <paramref name="fixedStatistics"/>. With g = gy where the activation passes it (y, read for ReLU only, is
    /// positive), x̂ = (x − mean)·r and M values a channel: gbeta = Σ g, ggamma = Σ g·x̂, and
    /// gx = γ·r·(g − gbeta/M − x̂·ggamma/M), or γ·r·g for fixed statistics. gx may be gy.
    /// </summary>
    /// <exception cref="ShapeException">A shape does not fit.</exception>
    /// <exception cref="ArgumentException">The activation is neither none nor ReLU.</exception>
    public void BatchNormBackward(
        Tensor x, Tensor y, Tensor gy, Tensor gamma, Tensor mean, Tensor inverseDeviation, Activation activation,
        bool fixedStatistics, Tensor gx, Tensor ggamma, Tensor gbeta)
    {
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
            throw new ArgumentException($"{op}: fuses no activation but ReLU, got {activation}", nameof(activation));
        }
    }

    private void CheckOfChannels(Tensor tensor, Tensor x, string op, string role)
    {
        CheckOwn(tensor);
        CheckShape(tensor, new Shape(1, x.Shape.C, 1, 1), op, role);
    }
}
