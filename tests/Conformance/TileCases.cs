using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>Tiles cut and blended: copies are exact; weighted means of up to 33 × 33 tiles, 3e-6.</summary>
internal static class TileCases
{
    private const double Tolerance = 3e-6;

    private static readonly (int Channels, TileGrid Grid)[] Problems =
    [
        (1, new(1, 1, 1, 0)),
        (7, new(7, 33, 7, 3)),
        (3, new(33, 7, 5, 0)),
        (2, new(33, 41, 16, 7)),
        (1, new(64, 96, 32, 8)),
        (1, new(34, 35, 33, 32)),
        (1, new(7, 33, 7, 6)),
        (3, new(100, 77, 33, 20)),
    ];

    public static IEnumerable<OpCase> All() => Problems.SelectMany(p => Of(p.Channels, p.Grid));

    private static IEnumerable<OpCase> Of(int channels, TileGrid grid)
    {
        var image = new Shape(1, channels, grid.Height, grid.Width);
        var tiles = new Shape(grid.Tiles, channels, grid.Side, grid.Side);
        string tag = $"{image} in tiles of {grid.Side} over {grid.Overlap}";
        yield return new OpCase
        {
            Name = $"gather {tag}",
            Inputs = [image],
            Outputs = [tiles],
            Run = (device, inputs, outputs) => device.GatherTiles(inputs[0], grid, outputs[0]),
            Reference = inputs => [Gather(inputs[0], channels, grid)],
            Tolerance = 0,
        };
        yield return new OpCase
        {
            Name = $"blend {tag}",
            Inputs = [tiles],
            Outputs = [image],
            Run = (device, inputs, outputs) => device.BlendTiles(inputs[0], grid, outputs[0]),
            Reference = inputs => [Blend(inputs[0], channels, grid)],
            Tolerance = Tolerance,
        };
        yield return new OpCase
        {
            Name = $"blend what was gathered {tag}",
            Inputs = [image],
            Outputs = [image],
            IsRecordable = false,
            Run = (device, inputs, outputs) =>
            {
                using Tensor cut = device.Allocate(tiles);
                device.GatherTiles(inputs[0], grid, cut);
                device.BlendTiles(cut, grid, outputs[0]);
            },
            Reference = inputs => [inputs[0]],
            Tolerance = Tolerance,
        };
    }

    private static double[] Gather(double[] image, int channels, TileGrid grid)
    {
        double[] tiles = new double[(long)grid.Tiles * channels * grid.Side * grid.Side];
        ForEachPixel(channels, grid, (tile, pixel, _) => tiles[tile] = image[pixel]);
        return tiles;
    }

    private static double[] Blend(double[] tiles, int channels, TileGrid grid)
    {
        double[] sums = new double[channels * grid.Height * grid.Width];
        double[] weights = new double[sums.Length];
        ForEachPixel(channels, grid, (tile, pixel, weight) =>
        {
            sums[pixel] += weight * tiles[tile];
            weights[pixel] += weight;
        });
        return [.. sums.Zip(weights, (sum, weight) => sum / weight)];
    }

    /// <summary>Calls back with (element of the tiles, pixel of the image, weight).</summary>
    private static void ForEachPixel(int channels, TileGrid grid, Action<int, int, double> visit)
    {
        int element = 0;
        for (int tile = 0; tile < grid.Tiles; tile++)
        {
            int top = grid.Top(tile / grid.Columns);
            int left = grid.Left(tile % grid.Columns);
            for (int channel = 0; channel < channels; channel++)
            {
                for (int i = 0; i < grid.Side; i++)
                {
                    for (int j = 0; j < grid.Side; j++)
                    {
                        int pixel = (channel * grid.Height + top + i) * grid.Width + left + j;
                        visit(element++, pixel, (double)grid.Weight(i) * grid.Weight(j));
                    }
                }
            }
        }
    }
}
