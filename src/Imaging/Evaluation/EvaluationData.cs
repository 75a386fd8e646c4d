using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The images that results are reported on, and other images of the same data for tuning parameters.</summary>
/// <param name="Reported">The images that results are reported on.</param>
/// <param name="Others">The images for tuning; null if there are none.</param>
public sealed record EvaluationData(IImageSet Reported, IImageSet? Others)
{
    /// <summary>Opens a data set.</summary>
    /// <param name="path">The file or folder of the data set.</param>
    /// <param name="split">The part to report on; parameters are tuned on the other one.</param>
    /// <param name="limit">The maximum number of images to report on, evenly spaced; null for all.</param>
    /// <exception cref="InputException">There are no images.</exception>
    public static EvaluationData Open(string path, DataSplit split = DataSplit.Test, int? limit = null)
    {
        IImageSet whole = ImageSets.Open(path, split);
        IImageSet? other = OpenOther(path, split == DataSplit.Test ? DataSplit.Train : DataSplit.Test);
        if (other?.Description != whole.Description)
        {
            return new EvaluationData(ImageSubset.EvenlySpaced(whole, limit ?? whole.Count), other);
        }

        // A set without parts: parameters are tuned on what is not reported.
        return limit is { } count && count < whole.Count ? HoldOut(whole, count) : new EvaluationData(whole, null);
    }

    private static EvaluationData HoldOut(IImageSet whole, int count)
    {
        (IImageSet others, IImageSet reported) = ImageSubset.HoldOut(whole, count);
        return new EvaluationData(reported, others);
    }

    private static IImageSet? OpenOther(string path, DataSplit split)
    {
        try
        {
            return ImageSets.Open(path, split);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
