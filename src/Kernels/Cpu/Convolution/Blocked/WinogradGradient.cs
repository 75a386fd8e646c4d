namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The gradient of a stride-1 convolution with respect to its weights by minimal filtering. y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d
/// B)]A is linear in g, so its adjoint is gg = Gᵀ[Σ_tiles (Bᵀ d B) ⊙ (A gy Aᵀ)]G: the transforms of the forward and
/// backward passes and, at each of the 64 points, one matrix product of tiles × input channels by tiles × output
/// channels.
/// </summary>
internal unsafe struct WinogradGradient
{
    public BlockedPlanes Input;
    public BlockedPlanes Gradient;

    /// <summary>Outputs per side of a tile.</summary>
    public int TileSize;

    /// <summary>Rows that the kernel extends above the output's pixel.</summary>
    public int KernelTop;

    /// <summary>Columns that the kernel extends to the left of the output's pixel.</summary>
    public int KernelLeft;

    /// <summary>The vectors of output channels.</summary>
    public VectorGroups Groups;

    /// <summary>The number of tiles that the buffers below can hold.</summary>
    public int Capacity;

    /// <summary>The first tile in the buffers.</summary>
    public int FirstTile;

    public int TileCount;

    /// <summary>Bᵀ d B, [point][block of input channels][tile][lane].</summary>
    public float* Transformed;

    /// <summary>A gy Aᵀ, [point][group of vectors][tile][vector of the group][lane].</summary>
    public float* Spread;

    /// <summary>The sums of their products, [point][input channel][vector of output channels][lane].</summary>
    public float* Products;

    public readonly int TileColumns => (Gradient.Width + TileSize - 1) / TileSize;

    public readonly int TilesPerImage => TileColumns * ((Gradient.Height + TileSize - 1) / TileSize);

    // An odd number of lines between points uses all sets of the caches.
    public readonly long TransformedPitch => (Capacity * Input.Blocks | 1) * (long)Input.Lanes;

    public readonly long SpreadPitch => (Capacity * Groups.Vectors | 1) * (long)Input.Lanes;

    public readonly long ProductsPitch => (Input.Blocks * Input.Lanes * Groups.Vectors | 1) * (long)Input.Lanes;

    public readonly (int Image, int Row, int Column) Place(int tile)
    {
        int inImage = tile % TilesPerImage;
        return (tile / TilesPerImage, inImage / TileColumns * TileSize, inImage % TileColumns * TileSize);
    }
}
