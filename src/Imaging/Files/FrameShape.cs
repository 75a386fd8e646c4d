using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>Checks the memory that callers give for a frame.</summary>
internal static class FrameShape
{
    /// <summary>Checks the number of values.</summary>
    /// <exception cref="ShapeException">It is not that of the shape.</exception>
    public static void Check(Shape shape, int values)
    {
        if (values != shape.Count)
        {
            throw new ShapeException($"a frame of shape {shape} has {shape.Count} values, got {values}");
        }
    }
}
