using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Tasks;

/// <summary>Crops images to the sizes that a task takes, and measures them.</summary>
public static class TaskImages
{
    /// <summary>Crops an image from its top left corner to a multiple of the task's stride.</summary>
    public static PlanarImage Crop(PlanarImage image, ImageTask task) => Cut(image, 0, 0, task.Cropped(image.Shape));

    /// <summary>Crops the centre of an image, with sides of at most a given length that fit the task.</summary>
    public static PlanarImage Cut(PlanarImage image, ImageTask task, int side)
    {
        Shape shape = image.Shape;
        Shape cut = task.Cropped(shape with { H = Math.Min(shape.H, side), W = Math.Min(shape.W, side) });
        return Cut(image, (shape.H - cut.H) / 2, (shape.W - cut.W) / 2, cut);
    }

    /// <summary>Crops an image and measures it.</summary>
    /// <param name="device">The device to run on.</param>
    /// <param name="task">The task that defines the measurement.</param>
    /// <param name="image">The image.</param>
    /// <param name="seed">The seed of the noise.</param>
    /// <param name="stream">The stream of the seed: the index of the image among those measured.</param>
    /// <exception cref="InputException">The image does not fit the task.</exception>
    public static PlanarImage Measure(
        Device device, ImageTask task, PlanarImage image, ulong seed = 0, ulong stream = 0)
    {
        if (task.WhyNot(image.Shape) is { } reason)
        {
            throw new InputException(reason);
        }

        PlanarImage cropped = Crop(image, task);
        using var linearOperator = new TaskOperator(device, task, cropped.Shape);
        using Tensor x = device.Allocate(cropped.Shape, cropped.Values);
        using Tensor y = device.Allocate(linearOperator.MeasurementShape);
        linearOperator.Measure(x, seed, stream, y);
        return new PlanarImage(y.ToArray(), y.Shape);
    }

    private static PlanarImage Cut(PlanarImage image, int top, int left, Shape shape)
    {
        if (shape == image.Shape)
        {
            return image;
        }

        var values = new float[shape.Count];
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            for (int row = 0; row < shape.H; row++)
            {
                int from = (plane * image.Shape.H + top + row) * image.Shape.W + left;
                image.Values.AsSpan(from, shape.W).CopyTo(values.AsSpan((plane * shape.H + row) * shape.W));
            }
        }

        return new PlanarImage(values, shape);
    }
}
