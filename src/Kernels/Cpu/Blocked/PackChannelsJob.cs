using System.Runtime.Intrinsics;
using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// Brings NCHW images into the blocked layout or, <see cref="Inverse"/>, back; with a factor f above 1 the planes are
/// images of f × f pixels for each pixel of the blocks, whose channel (c·f + a)·f + b is pixel (a, b) of channel c: pixel
/// unshuffle, and back pixel shuffle. A piece is one row of one block. Bound by memory.
/// </summary>
internal unsafe struct PackChannelsJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public float* Planes;

    /// <summary>Channels of the blocked side.</summary>
    public int Channels;

    public int Factor;
    public BlockedPlanes Blocks;
    public bool Inverse;

    /// <summary>Pieces: rows of blocks in all images.</summary>
    public readonly int Count => Blocks.Images * Blocks.Blocks * Blocks.Height;

    public readonly void Execute(int index, int worker)
    {
        int row = index % Blocks.Height;
        int block = index / Blocks.Height % Blocks.Blocks;
        int image = index / Blocks.Height / Blocks.Blocks;
        float* pixels = Blocks.Pixel(image, block, row, 0);
        int first = block * S.Width;
        int lanes = Math.Min(S.Width, Channels - first);
        float* planes = Planes + (long)image * Channels * Blocks.Height * Blocks.Width;
        if (Factor == 1)
        {
            float* plane = planes + ((long)first * Blocks.Height + row) * Blocks.Width;
            Transpose(plane, (nint)Blocks.Height * Blocks.Width, lanes, pixels);
        }
        else
        {
            Permute(planes, first, lanes, row, pixels);
        }
    }

    /// <summary>Rows of planes against pixels of lanes, in squares of the vector width.</summary>
    private readonly void Transpose(float* plane, nint pitch, int lanes, float* pixels)
    {
        float* square = stackalloc float[S.Width * S.Width];
        float** planes = stackalloc float*[S.Width];
        float** lines = stackalloc float*[S.Width];
        float** squares = stackalloc float*[S.Width];
        for (int lane = 0; lane < S.Width; lane++)
        {
            // Lanes beyond the channels repeat the first; nobody reads them.
            planes[lane] = lane < lanes ? plane + lane * pitch : plane;
            lines[lane] = pixels + lane * S.Width;
            squares[lane] = square + lane * S.Width;
        }

        int column = 0;
        for (; column + S.Width <= Blocks.Width; column += S.Width)
        {
            if (!Inverse)
            {
                S.Transpose(planes, column, lines, column * S.Width);
            }
            else if (lanes == S.Width)
            {
                S.Transpose(lines, column * S.Width, planes, column);
            }
            else
            {
                S.Transpose(lines, column * S.Width, squares, 0);
                for (int lane = 0; lane < lanes; lane++)
                {
                    S.Store(planes[lane] + column, S.Load(squares[lane]));
                }
            }
        }

        for (; column < Blocks.Width; column++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                Move(plane + lane * pitch + column, pixels + column * S.Width + lane, 1);
            }
        }
    }

    /// <summary>Each row of a channel of the large image holds a run of Factor lanes of every pixel.</summary>
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

    /// <summary>Moves neighbours from plane to pixel, or back; mostly four.</summary>
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
