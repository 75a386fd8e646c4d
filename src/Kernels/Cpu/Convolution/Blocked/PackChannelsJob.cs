using System.Runtime.Intrinsics;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Converts NCHW images to the blocked layout or, if <see cref="Inverse"/>, back. With a factor f above 1 the planes
/// have f × f pixels for each pixel of the blocks, whose channel (c·f + a)·f + b is pixel (a, b) of channel c: a pixel
/// unshuffle, or a pixel shuffle for the inverse. A piece is a run of rows of one block. Bound by memory.
/// </summary>
internal unsafe struct PackChannelsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public float* Planes;

    /// <summary>The number of channels in the blocked layout.</summary>
    public int Channels;

    public int Factor;
    public BlockedPlanes Blocks;
    public bool Inverse;

    /// <summary>The number of pieces: runs of rows in all blocks of all images, or 1 for few pixels.</summary>
    public readonly int Count => IsSmall ? 1 : PlaneCount * RunsPerPlane;

    private readonly int PlaneCount => Blocks.Images * Blocks.Blocks;

    private readonly bool IsSmall => (long)PlaneCount * Blocks.Height * Blocks.Width <= PieceSizes.Pixels;

    private readonly int RowsPerRun => Math.Clamp(PieceSizes.Pixels / Blocks.Width, 1, Blocks.Height);

    private readonly int RunsPerPlane => (Blocks.Height + RowsPerRun - 1) / RowsPerRun;

    public readonly void Execute(int index, int worker)
    {
        if (IsSmall)
        {
            for (int plane = 0; plane < PlaneCount; plane++)
            {
                Move(plane, 0, Blocks.Height);
            }
        }
        else
        {
            int first = index % RunsPerPlane * RowsPerRun;
            Move(index / RunsPerPlane, first, Math.Min(first + RowsPerRun, Blocks.Height));
        }
    }

    private readonly void Move(int plane, int firstRow, int endRow)
    {
        int block = plane % Blocks.Blocks;
        int image = plane / Blocks.Blocks;
        int first = block * S.Width;
        int lanes = Math.Min(S.Width, Channels - first);
        float* planes = Planes + (long)image * Channels * Blocks.Height * Blocks.Width;
        if (Factor == 1)
        {
            nint pitch = (nint)Blocks.Height * Blocks.Width;
            Transpose(planes + first * pitch, pitch, lanes, image, block, firstRow, endRow);
            return;
        }

        for (int row = firstRow; row < endRow; row++)
        {
            Permute(planes, first, lanes, row, Blocks.Pixel(image, block, row, 0));
        }
    }

    /// <summary>
    /// Transposes between planes and blocks in squares of the vector width; runs of pixels cross row ends.
    /// </summary>
    private readonly void Transpose(
        float* plane, nint pitch, int lanes, int image, int block, int firstRow, int endRow)
    {
        float* square = stackalloc float[S.Width * S.Width];
        float** planes = stackalloc float*[S.Width];
        float** lines = stackalloc float*[S.Width];
        float** squares = stackalloc float*[S.Width];
        new Span<float>(square, S.Width * S.Width).Clear();
        for (int lane = 0; lane < S.Width; lane++)
        {
            // Lanes beyond the channels repeat the first one; they are not used.
            planes[lane] = lane < lanes ? plane + lane * pitch : plane;
            squares[lane] = square + lane * S.Width;
        }

        int row = firstRow;
        int column = 0;
        int end = endRow * Blocks.Width;
        for (int pixel = firstRow * Blocks.Width; pixel < end; pixel += S.Width)
        {
            int count = Math.Min(S.Width, end - pixel);
            float* line = Blocks.Pixel(image, block, row, column);
            for (int i = 0; i < count; i++)
            {
                lines[i] = line;
                line += S.Width;
                if (++column == Blocks.Width)
                {
                    column = 0;
                    row++;
                    line = Blocks.Pixel(image, block, row, 0);
                }
            }

            if (count == S.Width && !Inverse)
            {
                S.Transpose(planes, pixel, lines, 0);
            }
            else if (count == S.Width && lanes == S.Width)
            {
                S.Transpose(lines, 0, planes, pixel);
            }
            else
            {
                MovePart(planes, lanes, pixel, lines, count, squares);
            }
        }
    }

    /// <summary>Transposes a square that is not full by way of a full one.</summary>
    private readonly void MovePart(float** planes, int lanes, int pixel, float** lines, int count, float** squares)
    {
        float* dump = stackalloc float[S.Width];
        for (int i = count; i < S.Width; i++)
        {
            lines[i] = Inverse ? lines[0] : dump;
        }

        if (Inverse)
        {
            S.Transpose(lines, 0, squares, 0);
        }

        for (int lane = 0; lane < lanes; lane++)
        {
            var plane = new Span<float>(planes[lane] + pixel, count);
            var square = new Span<float>(squares[lane], count);
            if (Inverse)
            {
                square.CopyTo(plane);
            }
            else
            {
                plane.CopyTo(square);
            }
        }

        if (!Inverse)
        {
            S.Transpose(squares, 0, lines, 0);
        }
    }

    /// <summary>Each row of a channel of the large image contains a run of Factor lanes of every pixel.</summary>
    private readonly void Permute(float* planes, int first, int lanes, int row, float* pixels)
    {
        int width = Blocks.Width * Factor;
        int height = Blocks.Height * Factor;
        for (int lane = 0; lane < lanes;)
        {
            int channel = first + lane;
            int b = channel % Factor;
            int line = channel / Factor;
            float* source = planes + ((long)(line / Factor) * height + row * Factor + line % Factor) * width + b;
            int run = Math.Min(Factor - b, lanes - lane);
            for (int column = 0; column < Blocks.Width; column++)
            {
                Move(source + column * Factor, pixels + column * S.Width + lane, run);
            }

            lane += run;
        }
    }

    /// <summary>Copies contiguous floats from plane to pixel, or back; usually four.</summary>
    private readonly void Move(float* plane, float* pixel, int count)
    {
        float* source = Inverse ? pixel : plane;
        float* target = Inverse ? plane : pixel;
        if (count == Vector128<float>.Count)
        {
            Vector128.Store(Vector128.Load(source), target);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            target[i] = source[i];
        }
    }
}
