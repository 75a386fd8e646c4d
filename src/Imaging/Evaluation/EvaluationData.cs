using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The images that are reported, and others of the same data for every choice that is made by its result.</summary>
/// <param name="Reported">What the figures are of.</param>
/// <param name="Others">None of those; null if there are no others.</param>
public sealed record EvaluationData(IImageSet Reported, IImageSet? Others)
{
    /// <summary>Opens a data set.</summary>
    /// <param name="path">Its file or folder.</param>
    /// <param name="split">The part that is reported; the other one is for choices.</param>
    /// <param name="limit">At most so many images are reported.</param>
    /// <exception cref="InputException">There is nothing to use.</exception>
    public static EvaluationData Open(string path, DataSplit split, int? limit)
    {
        IImageSet whole = ImageSets.Open(path, split);
        IImageSet? other = OpenOther(path, split == DataSplit.Test ? DataSplit.Train : DataSplit.Test);
        if (other?.Description != whole.Description)
        {
            return new EvaluationData(ImageSubset.EvenlySpaced(whole, limit ?? whole.Count), other);
        }

        // A set without parts: what is not reported is left for choices.
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
