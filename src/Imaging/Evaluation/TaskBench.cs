using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>A task for one image shape: the operator, and a truth, a measurement and a result that are used over again.</summary>
public sealed class TaskBench : IDisposable
{
    private readonly TensorScope _scope;

    /// <summary>Makes the operator and the tensors.</summary>
    public TaskBench(Device device, ImageTask task, Shape imageShape)
    {
        Operator = new TaskOperator(device, task, imageShape);
        _scope = new TensorScope(device);
        X = _scope.Allocate(imageShape);
        Y = _scope.Allocate(Operator.MeasurementShape);
        Result = _scope.Allocate(imageShape);
    }

    /// <summary>A.</summary>
    public TaskOperator Operator { get; }

    /// <summary>The truth.</summary>
    public Tensor X { get; }

    /// <summary>The measurement.</summary>
    public Tensor Y { get; }

    /// <summary>What a method makes of it.</summary>
    public Tensor Result { get; }

    /// <summary>Measures an image.</summary>
    /// <param name="image">Of the bench's shape.</param>
    /// <param name="seed">Of the noise.</param>
    /// <param name="number">The image's number: which noise of the seed's.</param>
    public void Measure(PlanarImage image, ulong seed, int number)
    {
        Operator.Device.Upload(image.Values, X);
        Operator.Measure(X, seed, (ulong)number, Y);
    }

    /// <summary>Restores the measurement.</summary>
    /// <returns>The image, clipped to [0, 1].</returns>
    public float[] Restore(Restorer restorer, Action<Tensor>? iterate = null)
    {
        restorer.Restore(Result, iterate);
        return Clipped(Result);
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
