using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Cuts pictures to the sizes that a task takes.</summary>
public static class TaskImages
{
    /// <summary>Cuts an image from its top left to a multiple of the task's stride.</summary>
    public static PlanarImage Crop(PlanarImage image, ImageTask task) => Cut(image, 0, 0, task.Cropped(image.Shape));

    /// <summary>Cuts the middle of an image, at most so many pixels a side, as the task takes it.</summary>
    public static PlanarImage Cut(PlanarImage image, ImageTask task, int side)
    {
        Shape shape = image.Shape;
        Shape cut = task.Cropped(shape with { H = Math.Min(shape.H, side), W = Math.Min(shape.W, side) });
        return Cut(image, (shape.H - cut.H) / 2, (shape.W - cut.W) / 2, cut);
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
