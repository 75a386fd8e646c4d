using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// Where each of several filters applies on a measurement grid: windows that sum to one where a measurement exists. For
/// a varying blur they are its own windows. For a boundary that is not periodic, rows and columns next to an edge have
/// filters of their own. For a mask, the filter depends on how many of the neighbours that A Aᵀ couples are missing.
/// </summary>
internal sealed record FilterWindows
{
    /// <summary>The most rows or columns at each edge that have a filter of their own.</summary>
    private const int MostEdges = 3;

    /// <summary>The filters for a mask: for no, half of the and all neighbours present, blended linearly.</summary>
    private const int MaskClasses = 3;

    private FilterWindows(int rows, int columns, float[] rowWeights, float[] columnWeights)
    {
        (Rows, Columns, RowWeights, ColumnWeights) = (rows, columns, rowWeights, columnWeights);
    }

    /// <summary>The rows of a grid of separable windows; 1 for those of a mask.</summary>
    public int Rows { get; }

    /// <summary>The columns of that grid; the number of windows for a mask.</summary>
    public int Columns { get; }

    /// <summary>The weights of each row of windows, rows × height.</summary>
    public float[] RowWeights { get; }

    /// <summary>The weights of each column of windows, columns × width; empty for a mask.</summary>
    public float[] ColumnWeights { get; }

    /// <summary>The windows of a mask, each with one value per measurement; empty for separable windows.</summary>
    public IReadOnlyList<float[]> Planes { get; private init; } = [];

    /// <summary>The number of windows of a model: the same on every grid.</summary>
    public static int Count(LocalModel model) => model.Mask is not null
        ? MaskClasses
        : Classes(model, vertical: true) * Classes(model, vertical: false);

    /// <summary>The kernel of the model that a window lies on.</summary>
    public static int KernelOf(LocalModel model, int window) => model.Field.Kernels.Count > 1 ? window : 0;

    /// <summary>Why the windows do not fit a grid; null if they do.</summary>
    public static string? WhyNot(LocalModel model, Shape grid)
    {
        int rows = Classes(model, vertical: true);
        int columns = Classes(model, vertical: false);
        return model.Mask is null && (rows > grid.H || columns > grid.W)
            ? $"a measurement of {grid.W}x{grid.H} has no room for filters at its edges and anchors"
            : null;
    }

    /// <summary>The windows on a grid.</summary>
    public static FilterWindows Of(LocalModel model, Shape grid)
    {
        if (model.Mask is { } mask)
        {
            return new FilterWindows(1, MaskClasses, [], []) { Planes = OfMask(model, mask) };
        }

        int rows = Classes(model, vertical: true);
        int columns = Classes(model, vertical: false);
        return model.Field.Kernels.Count > 1
            ? new FilterWindows(rows, columns, KernelField.Weights(rows, grid.H), KernelField.Weights(columns, grid.W))
            : new FilterWindows(rows, columns, Edges(rows, grid.H), Edges(columns, grid.W));
    }

    /// <summary>One window with a value for each measurement of a plane.</summary>
    public float[] Plane(int window, Shape grid)
    {
        if (Planes.Count > 0)
        {
            return Planes[window];
        }

        float[] plane = new float[grid.PlaneSize];
        for (int i = 0; i < plane.Length; i++)
        {
            plane[i] = RowWeights[window / Columns * grid.H + i / grid.W]
                * ColumnWeights[window % Columns * grid.W + i % grid.W];
        }

        return plane;
    }

    private static int Classes(LocalModel model, bool vertical)
    {
        if (model.Field.Kernels.Count > 1)
        {
            return vertical ? model.Field.Rows : model.Field.Columns;
        }

        int radius = vertical ? model.Grams[0].RadiusY : model.Grams[0].RadiusX;
        return model.Boundary == Boundary.Periodic ? 1 : 2 * Math.Min(radius, MostEdges) + 1;
    }

    /// <summary>One class for each of the first and last positions, and one for all between them.</summary>
    private static float[] Edges(int classes, int length)
    {
        float[] weights = new float[classes * length];
        int edge = classes / 2;
        for (int position = 0; position < length; position++)
        {
            int fromEnd = length - 1 - position;
            int kind = position < edge ? position : fromEnd < edge ? classes - 1 - fromEnd : edge;
            weights[kind * length + position] = 1;
        }

        return weights;
    }

    private static float[][] OfMask(LocalModel model, Mask mask)
    {
        double[] present = Present(model, mask);
        var planes = new float[MaskClasses][];
        for (int kind = 0; kind < MaskClasses; kind++)
        {
            planes[kind] = new float[present.Length];
            for (int i = 0; i < present.Length; i++)
            {
                double distance = Math.Abs(present[i] * (MaskClasses - 1) - kind);
                planes[kind][i] = mask.Kept[i] ? (float)Math.Max(1 - distance, 0) : 0;
            }
        }

        return planes;
    }

    /// <summary>
    /// The part of each measurement's neighbours that are present, weighted by the squared entries of A Aᵀ.
    /// </summary>
    private static double[] Present(LocalModel model, Mask mask)
    {
        PeriodicKernel gram = model.Grams[0];
        double whole = gram.Values.Sum(value => value * value) - gram.Centre * gram.Centre;
        double[] present = new double[mask.Kept.Length];
        if (!(whole > 0))
        {
            Array.Fill(present, 1);
            return present;
        }

        double[][] extended = Extended(mask, gram.RadiusX, OnGrid(model.Boundary));
        for (int i = 0; i < mask.Height; i++)
        {
            Span<double> sums = present.AsSpan(i * mask.Width, mask.Width);
            for (int u = -gram.RadiusY; u <= gram.RadiusY; u++)
            {
                int row = GridIndex.Beyond(i + u, mask.Height, OnGrid(model.Boundary));
                for (int v = -gram.RadiusX; v <= gram.RadiusX && row >= 0; v++)
                {
                    if (u != 0 || v != 0)
                    {
                        AddScaled(gram[u, v] * gram[u, v] / whole, extended[row].AsSpan(v + gram.RadiusX, mask.Width), sums);
                    }
                }
            }
        }

        return present;
    }

    /// <summary>The rows of the mask as ones and zeros, continued at both ends as the boundary says.</summary>
    private static double[][] Extended(Mask mask, int radius, Boundary boundary)
    {
        var rows = new double[mask.Height][];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new double[mask.Width + 2 * radius];
            for (int j = 0; j < rows[i].Length; j++)
            {
                int column = GridIndex.Beyond(j - radius, mask.Width, boundary);
                rows[i][j] = column >= 0 && mask.Kept[i * mask.Width + column] ? 1 : 0;
            }
        }

        return rows;
    }

    private static void AddScaled(double factor, ReadOnlySpan<double> values, Span<double> sums)
    {
        int i = 0;
        for (; i <= sums.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(sums[i..]) + factor * new Vector<double>(values[i..])).CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += factor * values[i];
        }
    }

    private static Boundary OnGrid(Boundary boundary) => KernelInverse.Padding(boundary);
}
