using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.Options;

/// <summary>
/// The options of <see cref="DenoisingSchedule"/>, for priors that are denoisers. Where a value is null, the default
/// applies.
/// </summary>
internal sealed class ScheduleOptions(OptionBinder options)
{
    /// <summary>The weight λ of the prior.</summary>
    public double? Lambda { get; } = options.Optional(OptionFactory.Positive("--lambda", "L",
        "Weight of a denoiser as the prior: it removes noise of variance lambda/(2 rho)."));

    /// <summary>The noise levels of the first and the last iteration.</summary>
    public (double First, double Last)? Levels { get; } = options.Optional(OptionFactory.PositivePair(
        "--levels", "FIRST:LAST",
        "Noise levels of a denoiser in the first and the last iteration, for images in [0, 1]; rho follows from them."));

    /// <summary>Whether an option was given.</summary>
    public bool IsGiven => Lambda is not null || Levels is not null;

    /// <summary>Returns a schedule with the given values.</summary>
    public DenoisingSchedule Apply(DenoisingSchedule usual) => usual with
    {
        Noise = Lambda is { } lambda ? Math.Sqrt(lambda / 2) : usual.Noise,
        First = Levels?.First ?? usual.First,
        Last = Levels?.Last ?? usual.Last,
    };
}
