namespace InfAdmm.Engine;

/// <remarks>Convolution layers: correlation, as in every deep-learning library.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// y[n,o,i,j] = act(bias[o] + Σ x̄[n,c,i·s+k,j·s+l]·w[o,c,k,l]), where x̄ is x padded as the spec says. x (N, Cin,
    /// H, W), weights (Cout, Cin, Kh, Kw), bias (1, Cout, 1, 1) or null; the shape of y is that of
    /// <see cref="Conv2dSpec.Output"/>. A backend may use minimal filtering; the error is at most 1e-5 of the largest
    /// output.
    /// </summary>
    public void Conv2d(Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, weights, y);
        CheckShape(y, spec.Output(x.Shape, weights.Shape), nameof(Conv2d), nameof(y));
        CheckBias(bias, weights.Shape.N, nameof(Conv2d));
        CheckDistinct(x, y, nameof(Conv2d));
        Conv2dCore(x, weights, bias, spec, activation, y);
    }

    /// <summary>
    /// The adjoint of <see cref="Conv2d"/> (without bias and activation) with respect to x: the gradient of its input,
    /// and the forward pass of a transposed convolution, to whose result bias and activation apply. bias is
    /// (1, Cin, 1, 1) or null.
    /// </summary>
    public void Conv2dBackwardInput(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(gy, weights, gx);
        CheckShape(gy, spec.Output(gx.Shape, weights.Shape), nameof(Conv2dBackwardInput), nameof(gy));
        CheckBias(bias, weights.Shape.C, nameof(Conv2dBackwardInput));
        CheckDistinct(gy, gx, nameof(Conv2dBackwardInput));
        Conv2dBackwardInputCore(gy, weights, bias, spec, activation, gx);
    }

    /// <summary>
    /// The gradient of <see cref="Conv2d"/> with respect to its weights: gw[o,c,k,l] = Σ
    /// gy[n,o,i,j]·x̄[n,c,i·s+k,j·s+l].
    /// </summary>
    public void Conv2dBackwardWeights(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, gy, gw);
        CheckShape(gy, spec.Output(x.Shape, gw.Shape), nameof(Conv2dBackwardWeights), nameof(gy));
        CheckDistinct(x, gw, nameof(Conv2dBackwardWeights));
        CheckDistinct(gy, gw, nameof(Conv2dBackwardWeights));
        Conv2dBackwardWeightsCore(x, gy, spec, gw);
    }

    /// <summary>
    /// The gradient of a convolution with respect to its bias: gb[c] = Σ gy[n,c,i,j] over n, i, j. gb is (1, C, 1, 1).
    /// </summary>
    public void Conv2dBackwardBias(Tensor gy, Tensor gb)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(gy, gb);
        CheckShape(gb, new Shape(1, gy.Shape.C, 1, 1), nameof(Conv2dBackwardBias), nameof(gb));
        Conv2dBackwardBiasCore(gy, gb);
    }

    private void CheckBias(Tensor? bias, int channels, string op)
    {
        if (bias is not null)
        {
            CheckOwn(bias);
            CheckShape(bias, new Shape(1, channels, 1, 1), op, nameof(bias));
        }
    }
}
