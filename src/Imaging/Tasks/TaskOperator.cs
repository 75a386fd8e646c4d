using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The operator A of an <see cref="ImageTask"/> for one image shape on a device.</summary>
public sealed class TaskOperator : ILinearOperator, IDisposable
{
    /// <summary>Creates the operator.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="task">The task.</param>
    /// <param name="imageShape">The shape of the images, from <see cref="ImageTask.Cropped"/>.</param>
    /// <param name="known">
    /// The measurements that exist; null for all. Only for tasks that measure every channel separately.
    /// </param>
    /// <exception cref="InputException">Such images do not fit the task.</exception>
    public TaskOperator(Device device, ImageTask task, Shape imageShape, Mask? known = null)
    {
        if (task.WhyNot(imageShape) is { } reason)
        {
            throw new InputException(reason);
        }

        Device = device;
        Task = task;
        ImageShape = imageShape;
        MeasurementShape = task.Measured(imageShape);
        Linear = (task.GreyWeights, known) switch
        {
            ({ } weights, null) => new MixedBlur(device, weights, task.Kernel, task.Stride, imageShape),
            (null, null) => new BlurDownsample(device, task.Kernel, task.Stride, imageShape),
            (null, { } mask) => new MaskedBlur(device, task.Kernel, task.Stride, imageShape, mask),
            _ => throw new ArgumentException(
                $"the task {task.Name} mixes channels, and has no operator with missing measurements", nameof(known)),
        };
    }

    /// <summary>The device that runs the operator.</summary>
    public Device Device { get; }

    /// <summary>The operator that z-solvers use.</summary>
    public ILinearOperator Linear { get; }

    /// <summary>The task.</summary>
    public ImageTask Task { get; }

    /// <inheritdoc/>
    public Shape ImageShape { get; }

    /// <inheritdoc/>
    public Shape MeasurementShape { get; }

    /// <inheritdoc/>
    public Boundary Boundary => Linear.Boundary;

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y) => Linear.Apply(x, y);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x) => Linear.Adjoint(y, x);

    /// <summary>Computes y = A x + n.</summary>
    /// <param name="x">The image.</param>
    /// <param name="seed">The seed of the noise.</param>
    /// <param name="stream">The stream of the seed: the index of the image in its set.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="first">
    /// The number of the first image: x has images first, first + 1, … of a larger batch, and y has their noise.
    /// </param>
    public void Measure(Tensor x, ulong seed, ulong stream, Tensor y, int first = 0)
    {
        Apply(x, y);
        if (Task.Sigma > 0)
        {
            using Tensor noise = Device.Allocate(MeasurementShape);
            Device.FillNormal(seed, stream, first * (noise.Shape.Count / noise.Shape.N), noise);
            Device.Combine(1, y, (float)Task.Sigma, noise, y);
        }
    }

    /// <summary>Returns the arguments for creating z-solvers for a measurement and ρ.</summary>
    public ZSolverContext Context(Tensor y, double rho) =>
        new(Linear, y, rho);

    /// <summary>Creates the cheapest exact z-update.</summary>
    public IZUpdate CreateExactSolver(Tensor y, double rho) => ZSolverChoice.CheapestExact.Create(this, y, rho);

    /// <summary>Frees the operator.</summary>
    public void Dispose() => Linear.Dispose();
}
