using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using SkiaSharp;

namespace InfAdmm.Imaging.Files;

/// <summary>Turns pictures upright that a camera stored as its sensor lay (the Exif tag Orientation).</summary>
public static class EncodedOrientation
{
    /// <summary>The picture as it is to be seen.</summary>
    public static Picture Upright(Picture picture, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
        {
            return picture;
        }

        Shape stored = picture.Image.Shape;
        bool turned = origin >= SKEncodedOrigin.LeftTop;
        Shape upright = turned ? stored with { H = stored.W, W = stored.H } : stored;
        return picture with
        {
            Image = new PlanarImage(Turn(picture.Image.Values, stored, upright, origin), upright),
            Alpha = picture.Alpha is { } alpha
                ? Turn(alpha, stored with { C = 1 }, upright with { C = 1 }, origin)
                : null,
        };
    }

    private static float[] Turn(float[] values, Shape stored, Shape upright, SKEncodedOrigin origin)
    {
        var result = new float[values.Length];
        for (int plane = 0; plane < stored.C; plane++)
        {
            for (int row = 0; row < upright.H; row++)
            {
                for (int column = 0; column < upright.W; column++)
                {
                    (int i, int j) = Source(row, column, stored, origin);
                    result[(plane * upright.H + row) * upright.W + column] =
                        values[(plane * stored.H + i) * stored.W + j];
                }
            }
        }

        return result;
    }

    /// <summary>Which stored pixel is seen at a place: the origin names the sides where the first row and column lie.</summary>
    private static (int Row, int Column) Source(int row, int column, Shape stored, SKEncodedOrigin origin)
    {
        int bottom = stored.H - 1;
        int right = stored.W - 1;
        return origin switch
        {
            SKEncodedOrigin.TopRight => (row, right - column),
            SKEncodedOrigin.BottomRight => (bottom - row, right - column),
            SKEncodedOrigin.BottomLeft => (bottom - row, column),
            SKEncodedOrigin.LeftTop => (column, row),
            SKEncodedOrigin.RightTop => (bottom - column, row),
            SKEncodedOrigin.RightBottom => (bottom - column, right - row),
            SKEncodedOrigin.LeftBottom => (column, right - row),
            _ => (row, column),
        };
    }
}
