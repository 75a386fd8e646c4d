namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The gradient of a stride-1 convolution in its weights by minimal filtering. y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A is linear in g, so its
/// adjoint is gg = Gᵀ[Σ_tiles (Bᵀ d B) ⊙ (A gy Aᵀ)]G: the transforms of forward and backward pass, and between them, at
/// each of the 64 points, one product of tiles × input channels by tiles × output channels.
/// </summary>
internal unsafe struct WinogradGradient
{
    public BlockedPlanes Input;
    public BlockedPlanes Gradient;

    /// <summary>Outputs of a tile, a side.</summary>
    public int TileSize;

    /// <summary>Rows that the kernel reaches before the output's pixel.</summary>
    public int KernelTop;

    /// <summary>Columns that the kernel reaches before the output's pixel.</summary>
    public int KernelLeft;

    /// <summary>Vectors of output channels.</summary>
    public VectorGroups Groups;

    /// <summary>Tiles that the memory below holds.</summary>
    public int Capacity;

    /// <summary>The tiles that it holds now.</summary>
    public int FirstTile;

    public int TileCount;

    /// <summary>Bᵀ d B, [point][block of input channels][tile][lane].</summary>
    public float* Transformed;

    /// <summary>A gy Aᵀ, [point][group of vectors][tile][vector of the group][lane].</summary>
    public float* Spread;

    /// <summary>Their products' sums, [point][input channel][vector of output channels][lane].</summary>
    public float* Products;

    public readonly int TileColumns => (Gradient.Width + TileSize - 1) / TileSize;

    public readonly int TilesPerImage => TileColumns * ((Gradient.Height + TileSize - 1) / TileSize);

    // Odd counts of lines from point to point spread over all sets of the caches.
    public readonly long TransformedPitch => (Capacity * Input.Blocks | 1) * (long)Input.Lanes;

    public readonly long SpreadPitch => (Capacity * Groups.Vectors | 1) * (long)Input.Lanes;

    public readonly long ProductsPitch => (Input.Blocks * Input.Lanes * Groups.Vectors | 1) * (long)Input.Lanes;

    public readonly (int Image, int Row, int Column) Place(int tile)
    {
        int inImage = tile % TilesPerImage;
        return (tile / TilesPerImage, inImage / TileColumns * TileSize, inImage % TileColumns * TileSize);
    }
}
