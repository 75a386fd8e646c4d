namespace InfAdmm.Imaging.Restoration;

/// <summary>A part of a longer piece of work, which reports its own fraction done.</summary>
/// <param name="Report">Is told the fraction done of the whole; null if nobody asks.</param>
/// <param name="From">The fraction of the whole that was done before this part.</param>
/// <param name="Share">The share of this part in the whole.</param>
internal readonly record struct ProgressPart(Action<double>? Report, double From, double Share)
{
    /// <summary>Reports the fraction done of this part.</summary>
    public void Tell(double done) => Report?.Invoke(From + Share * done);
}
