namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>How a convolution is computed in the blocked layout.</summary>
internal enum ConvolutionMethod
{
    /// <summary>By its definition: <see cref="DirectConvolutionJob{S, V}"/>.</summary>
    Direct,

    /// <summary>The same, of an input of few channels whose taps are written out first: <see cref="UnfoldJob{S, V}"/>.</summary>
    Unfolded,

    /// <summary>By minimal filtering: <see cref="WinogradConvolutionJob{S, V}"/>.</summary>
    Winograd,

    /// <summary>One product for all taps, then their sum, for few output channels: <see cref="FoldTapsJob"/>.</summary>
    Folded,
}

/// <summary>The choice of method, by an estimate of vector instructions.</summary>
internal static class ConvolutionMethods
{
    /// <summary>Input channels of which the taps of a row are worth writing out.</summary>
    private const int MaxUnfoldedChannels = 4;

    /// <summary>Instructions to transform a tile of one block of input channels, and of output channels.</summary>
    private const double InputTransform = 500;

    private const double OutputTransform = 350;

    /// <summary>Bytes of transformed weights that stream in the time of an instruction.</summary>
    private const double WeightBytesPerInstruction = 16;

    /// <summary>The cheapest method that can do it.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="images">Images at a time.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="rows">Rows of the kernel.</param>
    /// <param name="fromInput">Whether it reads planes that the caller gives.</param>
    /// <param name="isOutput">Whether it writes planes that the caller gives.</param>
    public static ConvolutionMethod Choose(
        ConvolutionGeometry geometry, int images, int lanes, int rows, bool fromInput, bool isOutput)
    {
        if (isOutput && geometry.Output.C <= FoldTapsJob.MaxChannels)
        {
            return ConvolutionMethod.Folded;
        }

        if (fromInput && !geometry.IsPhased && geometry.Input.C <= MaxUnfoldedChannels)
        {
            return ConvolutionMethod.Unfolded;
        }

        bool canTransform = geometry.Stride == 1 && WinogradWeights.Covers(geometry.KernelHeight, geometry.KernelWidth);
        return canTransform && WinogradCost(geometry, images, lanes, rows) < DirectCost(geometry, images, lanes, rows)
            ? ConvolutionMethod.Winograd
            : ConvolutionMethod.Direct;
    }

    private static double DirectCost(ConvolutionGeometry geometry, int images, int lanes, int rows)
    {
        double pixels = Math.Ceiling((double)images * geometry.Output.PlaneSize / rows) * rows;
        double taps = geometry.KernelHeight * geometry.KernelWidth;
        return pixels * taps * geometry.Input.C * Math.Ceiling((double)geometry.Output.C / lanes);
    }

    private static double WinogradCost(ConvolutionGeometry geometry, int images, int lanes, int rows)
    {
        int side = WinogradWeights.Outputs(geometry.KernelHeight);
        double tilesPerImage = Math.Ceiling((double)geometry.Output.H / side)
            * Math.Ceiling((double)geometry.Output.W / side);
        double tileGroups = Math.Ceiling(images * tilesPerImage / rows);
        double inputBlocks = Math.Ceiling((double)geometry.Input.C / lanes);
        double outputBlocks = Math.Ceiling((double)geometry.Output.C / lanes);
        double products = WinogradWeights.Points * WinogradWeights.Points * geometry.Input.C * outputBlocks;
        double tile = products + inputBlocks * InputTransform + outputBlocks * OutputTransform;
        double streamed = products * lanes * sizeof(float) / WeightBytesPerInstruction;
        return tileGroups * rows * tile + Math.Ceiling(tileGroups / 2) * streamed;
    }
}
