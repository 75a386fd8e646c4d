using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// A task for one image shape: the operator, and tensors for a truth, a measurement and a result, which are reused.
/// </summary>
internal sealed class TaskWorkspace : IDisposable
{
    private readonly TensorScope _scope;
    private readonly Tensor _measured;

    /// <summary>Creates the operator and the tensors.</summary>
    public TaskWorkspace(Device device, ImageTask task, Shape imageShape)
    {
        Operator = new TaskOperator(device, task, imageShape);
        _scope = new TensorScope(device);
        X = _scope.Allocate(imageShape);
        Y = _scope.Allocate(Operator.MeasurementShape);
        Result = _scope.Allocate(imageShape);
        _measured = _scope.Allocate(Operator.MeasurementShape);
    }

    /// <summary>The operator A.</summary>
    public TaskOperator Operator { get; }

    /// <summary>The truth.</summary>
    public Tensor X { get; }

    /// <summary>The measurement.</summary>
    public Tensor Y { get; }

    /// <summary>The restored image.</summary>
    public Tensor Result { get; }

    /// <summary>Computes the measurement of an image.</summary>
    /// <param name="image">An image of the workspace's shape.</param>
    /// <param name="seed">The seed of the noise.</param>
    /// <param name="number">The index of the image, used as the stream of the noise.</param>
    public void Measure(PlanarImage image, ulong seed, int number)
    {
        Operator.Device.Upload(image.Values, X);
        Operator.Measure(X, seed, (ulong)number, Y);
    }

    /// <summary>Restores the image from the measurement.</summary>
    /// <returns>The image, clipped to [0, 1].</returns>
    public float[] Restore(PreparedMethod method, Action<Tensor>? iterate = null)
    {
        method.Restore(Result, iterate);
        return Clipped(Result);
    }

    /// <summary>‖y − A x̂‖ / ‖y‖ of an image, which replaces <see cref="Result"/>; NaN if y is 0.</summary>
    public double Misfit(float[] image)
    {
        Device device = Operator.Device;
        device.Upload(image, Result);
        Operator.Apply(Result, _measured);
        return Math.Sqrt(ImageMetrics.Nmse(_measured.ToArray(), Y.ToArray()));
    }

    /// <summary>A tensor's values, clipped to [0, 1].</summary>
    public static float[] Clipped(Tensor tensor) =>
        Array.ConvertAll(tensor.ToArray(), value => Math.Clamp(value, 0, 1));

    /// <summary>Frees the operator and the tensors.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        Operator.Dispose();
    }
}
