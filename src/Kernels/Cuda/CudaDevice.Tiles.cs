using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Cuts an image into tiles and puts it together again, bound by memory (native/tiles.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId GatherTilesKernel = new("tiles", "gather_tiles");
    private static readonly KernelId BlendTilesKernel = new("tiles", "blend_tiles");

    /// <inheritdoc/>
    protected override void GatherTilesCore(Tensor image, TileGrid grid, Tensor tiles) => Launch(
        GatherTilesKernel,
        RowsShape((long)tiles.Shape.Planes * grid.Side, grid.Side),
        NewTilesArguments(image, tiles, image.Shape.C, grid));

    /// <inheritdoc/>
    protected override void BlendTilesCore(Tensor tiles, TileGrid grid, Tensor image) => Launch(
        BlendTilesKernel,
        RowsShape((long)image.Shape.C * grid.Height, grid.Width),
        NewTilesArguments(tiles, image, image.Shape.C, grid));

    private static TilesArguments NewTilesArguments(Tensor source, Tensor target, int channels, TileGrid grid) => new(
        Address(source), Address(target), channels, grid.Height, grid.Width, grid.Side, grid.Step, grid.Overlap,
        grid.Rows, grid.Columns);

    [KernelArguments("gather_tiles", "blend_tiles")]
    private readonly record struct TilesArguments(
        DevicePointer Source, DevicePointer Target, int Channels, int Height, int Width, int Side, int Step,
        int Overlap, int TileRows, int TileColumns);
}
