using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// The images that results are reported on, and other images of the same data, on which parameters are tuned.
/// </summary>
/// <param name="Reported">The images that are reported.</param>
/// <param name="Others">Images that are not; null if there are none.</param>
public sealed record EvaluationData(IImageSet Reported, IImageSet? Others)
{
    /// <summary>Opens a data set.</summary>
    /// <param name="path">Its file or folder.</param>
    /// <param name="split">The part that is reported; parameters are tuned on the other one.</param>
    /// <param name="limit">The most images to report, evenly spaced; null for all.</param>
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
