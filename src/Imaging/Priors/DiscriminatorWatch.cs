using InfAdmm.Engine;

namespace InfAdmm.Imaging.Priors;

/// <summary>Notices when a discriminator no longer teaches the prior anything, by its loss (12) in each step.</summary>
internal sealed class DiscriminatorWatch
{
    // Below the first, it has nothing more to learn, and its gradient in the images vanishes. Above the second, it calls
    // true images restored or restored ones true: one that answers 1/2 to everything has 2 ln 2 = 1.4, one that answers 0.01
    // or 0.99 to everything has 4.6.
    private const double WonLoss = 0.02;
    private const double LostLoss = 4.6;
    private const int MostSteps = 500;
    private const double SmoothedSteps = 50;

    private int _wonSteps;
    private int _lostSteps;

    /// <summary>The running mean of the loss; NaN before the first step.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Adds the loss of a step.</summary>
    /// <param name="loss">The loss on the whole batch.</param>
    /// <exception cref="InputException">
    /// The loss is not finite, or its mean was near 0 or far above that of a guess for too long.
    /// </exception>
    public void Add(double loss)
    {
        Loss = double.IsNaN(Loss) ? loss : Loss + (loss - Loss) / SmoothedSteps;
        _wonSteps = Loss < WonLoss ? _wonSteps + 1 : 0;
        _lostSteps = Loss > LostLoss ? _lostSteps + 1 : 0;
        if (_wonSteps > MostSteps || _lostSteps > MostSteps || !double.IsFinite(loss))
        {
            string what = !double.IsFinite(loss) ? "not finite"
                : _wonSteps > MostSteps ? $"{loss:0.0e0}, and the prior learns nothing from it"
                : $"{loss:0.0e0}, far above the 1.4 of a guess";
            throw new InputException(
                $"training collapsed: the discriminator's loss is {what}; continue from an earlier checkpoint or start again, " +
                "with a smaller adversarial weight or rate of the discriminator");
        }
    }
}
