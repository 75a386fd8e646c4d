namespace InfAdmm.Imaging.Files;

/// <summary>Fills the colours of invisible pixels, so that filters do not spread their stored colours.</summary>
public static class TransparentPixels
{
    /// <summary>
    /// Gives each fully transparent pixel the colour of a nearest visible one, in steps to the four neighbours. Many
    /// programs store black there, which deblurring or upsampling would turn into a dark fringe.
    /// </summary>
    /// <param name="picture">Any picture.</param>
    /// <returns>A copy with the colours filled in; the picture itself if all pixels, or none, are visible.</returns>
    public static Picture Fill(Picture picture)
    {
        if (picture.Alpha is not { } alpha || !alpha.Contains(0) || !alpha.Any(value => value > 0))
        {
            return picture;
        }

        int[] source = NearestVisible(alpha, picture.Image.Shape.H, picture.Image.Shape.W);
        int count = source.Length;
        float[] stored = picture.Image.Values;
        float[] filled = new float[stored.Length];
        for (int i = 0; i < filled.Length; i++)
        {
            filled[i] = stored[i / count * count + source[i % count]];
        }

        return picture with { Image = picture.Image with { Values = filled } };
    }

    /// <summary>For each pixel, the nearest visible pixel, found by breadth-first search.</summary>
    private static int[] NearestVisible(float[] alpha, int height, int width)
    {
        int[] source = [.. alpha.Select((value, i) => value > 0 ? i : -1)];
        var front = new Queue<int>(Enumerable.Range(0, source.Length).Where(i => source[i] >= 0));
        while (front.TryDequeue(out int i))
        {
            int row = i / width;
            int column = i % width;
            Visit(row - 1, column);
            Visit(row + 1, column);
            Visit(row, column - 1);
            Visit(row, column + 1);

            void Visit(int nextRow, int nextColumn)
            {
                int next = nextRow * width + nextColumn;
                if (nextRow >= 0 && nextRow < height && nextColumn >= 0 && nextColumn < width && source[next] < 0)
                {
                    source[next] = source[i];
                    front.Enqueue(next);
                }
            }
        }

        return source;
    }
}
