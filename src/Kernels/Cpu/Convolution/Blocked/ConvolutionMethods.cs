using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>The algorithm of a convolution in the blocked layout.</summary>
internal enum ConvolutionMethod
{
    /// <summary>By its definition: <see cref="DirectConvolutionJob{S, V}"/>.</summary>
    Direct,

    /// <summary>
    /// The same for an input of few channels, with the taps of a row unfolded first: <see cref="UnfoldJob{S, V}"/>.
    /// </summary>
    Unfolded,

    /// <summary>By minimal filtering: <see cref="WinogradConvolutionJob{S, V}"/>.</summary>
    Winograd,

    /// <summary>
    /// One matrix product for all taps, then their sums, for few output channels or transposed convolutions of small
    /// images: <see cref="FoldTapsJob{S, V}"/>, <see cref="FoldBlocksJob{S, V}"/>.
    /// </summary>
    Folded,
}

/// <summary>Chooses the method by an estimate of the number of vector instructions.</summary>
internal static class ConvolutionMethods
{
    /// <summary>The largest number of input or output channels that leaves most lanes of a block unused.</summary>
    public const int FewChannels = 4;

    /// <summary>The maximum number of columns that are unfolded at a time; they are on the stack.</summary>
    private const int MaxWindow = 4096;

    /// <summary>
    /// The maximum number of blocks of input channels in minimal filtering; their list is on the stack.
    /// </summary>
    private const int MaxBlocks = 4096;

    /// <summary>Instructions to transform a tile of one block of input channels; below, of output channels.</summary>
    private const double InputTransform = 500;

    private const double OutputTransform = 350;

    /// <summary>Instructions to store a product and to load and add it, through an outer cache level.</summary>
    private const double FoldedProduct = 6;

    /// <summary>Rows of the smallest tile of the kernel.</summary>
    private const int FoldedRows = 4;

    /// <summary>Bytes of transformed weights that are loaded in the time of one instruction.</summary>
    private const double WeightBytesPerInstruction = 16;

    /// <summary>Whether the sums over taps are written to the planes of the caller.</summary>
    public static bool WritesPlanes(ConvolutionGeometry geometry, bool isOutput) =>
        isOutput && geometry.Output.C <= FewChannels;

    /// <summary>The cheapest method that supports the convolution.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="images">The number of images at a time.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="rows">Rows of the kernel.</param>
    /// <param name="fromInput">Whether it reads the planes of the caller.</param>
    /// <param name="isOutput">Whether it writes to the planes of the caller.</param>
    public static ConvolutionMethod Choose(
        ConvolutionGeometry geometry, int images, int lanes, int rows, bool fromInput, bool isOutput)
    {
        if (WritesPlanes(geometry, isOutput))
        {
            return ConvolutionMethod.Folded;
        }

        int window = geometry.Stride * lanes + geometry.KernelWidth;
        if (fromInput && !geometry.IsPhased && geometry.Input.C <= FewChannels && window <= MaxWindow)
        {
            return ConvolutionMethod.Unfolded;
        }

        Shape input = geometry.Input with { N = images };
        Shape output = geometry.Output with { N = images };
        int taps = geometry.KernelHeight * geometry.KernelWidth;
        bool transforms = geometry.Stride == 1
            && WinogradWeights.Covers(geometry.KernelHeight, geometry.KernelWidth)
            && PrefersWinograd(input, output, geometry.KernelHeight, lanes, rows);
        double cost = transforms
            ? WinogradCost(input, output, geometry.KernelHeight, lanes, rows)
            : DirectCost(input, output, geometry.TapsOfOutput, lanes, rows);
        if (geometry.IsTransposed && !geometry.Wraps && FoldedCost(input, output, taps, lanes) < cost)
        {
            return ConvolutionMethod.Folded;
        }

        return transforms ? ConvolutionMethod.Winograd : ConvolutionMethod.Direct;
    }

    /// <summary>Whether minimal filtering takes fewer instructions than direct convolution, at stride 1.</summary>
    public static bool PrefersWinograd(Shape input, Shape output, int taps, int lanes, int rows) =>
        input.C <= MaxBlocks * lanes
        && WinogradCost(input, output, taps, lanes, rows) < DirectCost(input, output, taps * taps, lanes, rows);

    private static double DirectCost(Shape input, Shape output, double taps, int lanes, int rows)
    {
        double pixels = Math.Ceiling((double)output.N * output.PlaneSize / rows) * rows;
        return pixels * taps * input.C * Math.Ceiling((double)output.C / lanes);
    }

    private static double FoldedCost(Shape input, Shape output, int taps, int lanes)
    {
        double pixels = Math.Ceiling((double)input.N * input.PlaneSize / FoldedRows) * FoldedRows;
        return pixels * taps * Math.Ceiling((double)output.C / lanes) * (input.C + FoldedProduct);
    }

    private static double WinogradCost(Shape input, Shape output, int taps, int lanes, int rows)
    {
        int side = WinogradWeights.Outputs(taps);
        double tilesPerImage = Math.Ceiling((double)output.H / side) * Math.Ceiling((double)output.W / side);
        double tileGroups = Math.Ceiling(output.N * tilesPerImage / rows);
        double inputBlocks = Math.Ceiling((double)input.C / lanes);
        double outputBlocks = Math.Ceiling((double)output.C / lanes);
        double products = WinogradWeights.Points * WinogradWeights.Points * input.C * outputBlocks;
        double tile = products + inputBlocks * InputTransform + outputBlocks * OutputTransform;
        double streamed = products * lanes * sizeof(float) / WeightBytesPerInstruction;
        return tileGroups * rows * tile + Math.Ceiling(tileGroups / 2) * streamed;
    }
}
