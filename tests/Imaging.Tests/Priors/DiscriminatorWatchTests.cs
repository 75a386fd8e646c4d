using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;

namespace InfAdmm.Imaging.Tests;

/// <summary>When the training with a discriminator ends, by the discriminator's loss.</summary>
public sealed class DiscriminatorWatchTests
{
    /// <summary>
    /// Catches a limit that guessing or one bad step exceeds, and a discriminator at 0 or 1 that is not noticed: −log D(x) −
    /// log(1 − D(x̂)) of one that answers 0.005 to everything is 5.3, and so is that of one that answers 0.995.
    /// </summary>
    [Theory]
    [InlineData(0.01, "learns nothing")]
    [InlineData(1.386, null)]
    [InlineData(4.0, null)]
    [InlineData(5.303, "far above")]
    public void A_discriminator_at_zero_or_one_for_long_is_noticed(double loss, string? reason)
    {
        const int LongEnough = 1000;
        var watch = new DiscriminatorWatch();
        watch.Add(1.4);
        watch.Add(100);
        int steps = 0;

        Exception? failure = Record.Exception(() =>
        {
            for (; steps < LongEnough; steps++)
            {
                watch.Add(loss);
            }
        });

        Assert.Equal(reason is not null, failure is InputException);
        Assert.Contains(reason ?? "", failure?.Message ?? "");
        Assert.InRange(steps, 500, LongEnough);
    }

    /// <summary>Catches a mean that forgets how many steps in a row it was low.</summary>
    [Fact]
    public void Recovering_starts_the_count_again()
    {
        var watch = new DiscriminatorWatch();
        for (int step = 0; step < 3000; step++)
        {
            watch.Add(step % 300 < 250 ? 0.001 : 1.5);
        }

        Assert.InRange(watch.Loss, 0.1, 1.5);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_loss_that_is_not_finite_ends_the_training_at_once(double loss)
    {
        var watch = new DiscriminatorWatch();
        watch.Add(1.4);

        Assert.Contains("not finite", Assert.Throws<InputException>(() => watch.Add(loss)).Message);
    }
}
