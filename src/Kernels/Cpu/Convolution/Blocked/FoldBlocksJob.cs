namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Like <see cref="FoldTapsJob{S, V}"/>, for many output channels in the blocked layout: adds up whole vectors of
/// output channels. Used for transposed convolutions of small images, most of whose taps are outside the image. A piece
/// is one output row; bound by loads.
/// </summary>
internal unsafe struct FoldBlocksJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>The number of output vectors up to which the job is one piece.</summary>
    private const long SmallWork = 1024;

    public TapProducts Products;
    public BlockedPlanes Output;
    public float* Bias;
    public bool Relu;

    /// <summary>The number of pieces: the rows of all images, or 1 for few outputs.</summary>
    public readonly int Count => IsSmall ? 1 : AllRows;

    private readonly int AllRows => Output.Images * Output.Height;

    private readonly bool IsSmall => (long)AllRows * Output.Width * Output.Blocks <= SmallWork;

    public readonly void Execute(int index, int worker)
    {
        int end = IsSmall ? AllRows : index + 1;
        for (int row = index; row < end; row++)
        {
            Fold(row / Output.Height, row % Output.Height);
        }
    }

    private readonly void Fold(int image, int row)
    {
        ProductRun rows = Products.Rows[row];
        float* lines = Products.Origin + image * Products.ImagePitch + rows.First;
        for (int column = 0; column < Output.Width; column++)
        {
            ProductRun columns = Products.Columns[column];
            for (int block = 0; block < Output.Blocks; block++)
            {
                float* line = lines + columns.First + block * S.Width;
                V sum = S.Load(Bias + block * S.Width);
                for (int k = 0; k < rows.Count; k++)
                {
                    float* product = line;
                    for (int l = 0; l < columns.Count; l++)
                    {
                        sum = S.Add(sum, S.Load(product));
                        product += columns.Step;
                    }

                    line += rows.Step;
                }

                S.Store(Output.Pixel(image, block, row, column), Relu ? S.Rectify(sum) : sum);
            }
        }
    }
}
