namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Images in the blocked channel layout, [image][block of channels][row][column][lane]: a pixel of a block is one
/// vector. Each plane has a border with the values that the next convolution reads beyond the edge. Lanes beyond the
/// last channel of a block are undefined and not used.
/// </summary>
internal unsafe struct BlockedPlanes
{
    /// <summary>The pixel (0, 0) of the first block of the first image, inside the border.</summary>
    public float* Origin;

    public int Images;

    /// <summary>Blocks of channels in an image.</summary>
    public int Blocks;

    public int Height;
    public int Width;

    /// <summary>Rows of border above the image.</summary>
    public int Top;

    /// <summary>Columns of border before the image.</summary>
    public int Left;

    /// <summary>Rows of border below the image.</summary>
    public int Bottom;

    /// <summary>Columns of border after the image.</summary>
    public int Right;

    /// <summary>Lanes in a block.</summary>
    public int Lanes;

    /// <summary>
    /// Floats from one image to the next; larger than the size of the blocks if they are part of a larger image.
    /// </summary>
    public long ImagePitch;

    public readonly long RowPitch => (long)(Left + Width + Right) * Lanes;

    public readonly long BlockPitch => (Top + Height + Bottom) * RowPitch;

    /// <summary>Floats in all images, including the borders.</summary>
    public readonly long Length => Images * ImagePitch;

    /// <summary>Floats from the start of the memory to the origin.</summary>
    public readonly long OriginOffset => Top * RowPitch + (long)Left * Lanes;

    public readonly float* Pixel(int image, int block, int row, int column) =>
        Origin + image * ImagePitch + block * BlockPitch + row * RowPitch + (long)column * Lanes;

    /// <summary>The same memory with the border as part of the images.</summary>
    public readonly BlockedPlanes WithBorder()
    {
        BlockedPlanes whole = this;
        whole.Origin -= OriginOffset;
        whole.Height += Top + Bottom;
        whole.Width += Left + Right;
        whole.Top = 0;
        whole.Left = 0;
        whole.Bottom = 0;
        whole.Right = 0;
        return whole;
    }

    /// <summary>A view of <paramref name="count"/> blocks, starting at block <paramref name="first"/>.</summary>
    public readonly BlockedPlanes From(int first, int count)
    {
        BlockedPlanes part = this;
        part.Origin += first * BlockPitch;
        part.Blocks = count;
        return part;
    }
}
