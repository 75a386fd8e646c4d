namespace InfAdmm.Engine;

/// <remarks>Pooling layers.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// y[n,c,i,j] = the largest x[n,c,k,l] in the window (i, j); NaN if there is one. x (N, C, H, W); the shape of y is that
    /// of <see cref="PoolSpec.Output"/>.
    /// </summary>
    public void MaxPool2d(Tensor x, PoolSpec spec, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, spec.Output(x.Shape), nameof(MaxPool2d), nameof(y));
        CheckDistinct(x, y, nameof(MaxPool2d));
        MaxPool2dCore(x, spec, y);
    }

    /// <summary>
    /// The gradient of <see cref="MaxPool2d"/> in x: each gy goes to the first of the largest elements of its window, in the
    /// order of rows.
    /// </summary>
    public void MaxPool2dBackward(Tensor x, Tensor gy, PoolSpec spec, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, gy, gx);
        CheckShape(gy, spec.Output(x.Shape), nameof(MaxPool2dBackward), nameof(gy));
        CheckShape(gx, x.Shape, nameof(MaxPool2dBackward), nameof(gx));
        CheckDistinct(x, gx, nameof(MaxPool2dBackward));
        CheckDistinct(gy, gx, nameof(MaxPool2dBackward));
        MaxPool2dBackwardCore(x, gy, spec, gx);
    }
}
