using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>Cuts the middle out of images, measurements and masks.</summary>
internal static class MiddleOfPlanes
{
    /// <summary>The middle of each plane.</summary>
    /// <param name="values">The values of all planes.</param>
    /// <param name="whole">Their shape.</param>
    /// <param name="part">The shape of the result: at most as high and as wide, with as many planes.</param>
    public static T[] Of<T>(ReadOnlySpan<T> values, Shape whole, Shape part)
    {
        var result = new T[part.Count];
        int top = (whole.H - part.H) / 2;
        int left = (whole.W - part.W) / 2;
        for (int row = 0; row < part.Planes * part.H; row++)
        {
            int from = (row / part.H * whole.H + top + row % part.H) * whole.W + left;
            values.Slice(from, part.W).CopyTo(result.AsSpan(row * part.W));
        }

        return result;
    }
}
