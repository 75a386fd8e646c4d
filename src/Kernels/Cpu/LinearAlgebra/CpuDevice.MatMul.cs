using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// c = a·b as the 1×1 convolution of an image with k channels of 1×n pixels: the rows of b are the planes and a
/// contains the weights. Packing a and b copies m·k + k·n floats for m·k·n multiply-adds; it avoids tails, and the
/// cache conflicts of a row pitch that is a power of two.
/// <para>
/// With few columns, packing a would cost more than the product. Then each row of a is multiplied with the columns as
/// it is read, bound by the memory traffic of a.
/// </para>
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>The largest number of columns for which rows of a are read in place.</summary>
    private const int ThinColumns = 4;

    protected override void MatMulCore(Tensor a, Tensor b, Tensor c)
    {
        int rows = a.Shape.H;
        int depth = a.Shape.W;
        int columns = b.Shape.W;
        if (columns <= ThinColumns)
        {
            float* transposed = Scratch((long)depth * columns);
            Transpose(Pointer(b), depth, columns, transposed);
            var job = new ThinProductJob
            {
                A = Pointer(a),
                Columns = transposed,
                C = Pointer(c),
                Rows = rows,
                Depth = depth,
                ColumnCount = columns,
            };
            _pool.Run(job, (rows + ThinProductJob.RowsPerPiece - 1) / ThinProductJob.RowsPerPiece);
            return;
        }

        Convolve(
            new Planes(Pointer(b), new Shape(1, depth, 1, columns)),
            new Planes(Pointer(a), new Shape(rows, depth, 1, 1)),
            bias: null,
            Conv2dSpec.Valid(),
            Activation.None,
            new Planes(Pointer(c), new Shape(1, rows, 1, columns)));
    }

    private static void Transpose(float* source, int rows, int columns, float* target)
    {
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
            {
                *target++ = source[(long)i * columns + j];
            }
        }
    }

    /// <summary>Dot products of rows of a with a few columns, with four vector sums each.</summary>
    private struct ThinProductJob : IJob
    {
        public const int RowsPerPiece = 16;

        public float* A;

        /// <summary>The columns of b, contiguous.</summary>
        public float* Columns;

        public float* C;
        public int Rows;
        public int Depth;
        public int ColumnCount;

        public readonly void Execute(int index, int worker)
        {
            int end = Math.Min((index + 1) * RowsPerPiece, Rows);
            for (int i = index * RowsPerPiece; i < end; i++)
            {
                for (int j = 0; j < ColumnCount; j++)
                {
                    C[(long)i * ColumnCount + j] = Dot(A + (long)i * Depth, Columns + (long)j * Depth, Depth);
                }
            }
        }

        private static float Dot(float* a, float* b, int length)
        {
            V sum0 = S.Zero;
            V sum1 = S.Zero;
            V sum2 = S.Zero;
            V sum3 = S.Zero;
            int k = 0;
            for (; k + 4 * S.Width <= length; k += 4 * S.Width)
            {
                sum0 = S.MultiplyAdd(S.Load(a + k), S.Load(b + k), sum0);
                sum1 = S.MultiplyAdd(S.Load(a + k + S.Width), S.Load(b + k + S.Width), sum1);
                sum2 = S.MultiplyAdd(S.Load(a + k + 2 * S.Width), S.Load(b + k + 2 * S.Width), sum2);
                sum3 = S.MultiplyAdd(S.Load(a + k + 3 * S.Width), S.Load(b + k + 3 * S.Width), sum3);
            }

            double sum = S.Sum(S.Add(S.Add(sum0, sum1), S.Add(sum2, sum3)));
            for (; k < length; k++)
            {
                sum += (double)a[k] * b[k];
            }

            return (float)sum;
        }
    }
}
