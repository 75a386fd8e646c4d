namespace InfAdmm.Imaging.Evaluation;

/// <summary>The results of one method: means over the images, with values clipped to [0, 1].</summary>
/// <param name="Name">The name of the method.</param>
/// <param name="PsnrRgb">PSNR over all channels, in dB.</param>
/// <param name="PsnrY">PSNR of the luma, in dB.</param>
/// <param name="Ssim">Structural similarity.</param>
/// <param name="MsSsim">
/// Structural similarity over five scales, mean over the images that are large enough; NaN if none is.
/// </param>
/// <param name="MsSsimImages">The number of images that are large enough for it.</param>
/// <param name="Perceptual">
/// The distance of features to those of the truth (<see cref="Metrics.PerceptualDistance"/>); NaN without a network.
/// </param>
/// <param name="Sharpness">
/// The mean magnitude of the gradient over that of the truth (<see cref="Metrics.ImageMetrics.Sharpness"/>).
/// </param>
/// <param name="Nmse">‖x̂ − x‖² / ‖x‖².</param>
/// <param name="Misfit">‖y − A x̂‖ / ‖y‖: how far the measurement of the result is from the given one.</param>
/// <param name="SecondsP50">The median time per image, from the measurement to the result, in seconds.</param>
/// <param name="SecondsP99">The 99th percentile of the time per image, in seconds.</param>
/// <param name="SecondsZUpdateP50">
/// The part of the median time that the z-updates of all iterations take; null if the method does not measure it.
/// </param>
/// <param name="Iterations">The number of outer iterations; 0 for a method without iterations.</param>
/// <param name="PsnrPerIteration">The PSNR of each iterate, in dB.</param>
/// <param name="NmsePerIteration">The NMSE of each iterate.</param>
/// <param name="ZErrorPerIteration">
/// The largest relative error of each iteration's z-update over the images (<see cref="ZUpdateMeasurement.Error"/>); null
/// for a method with an exact z-update, or without one.
/// </param>
/// <param name="Certificate">
/// The largest bound on the relative error of a z-update (<see cref="ZUpdateMeasurement.Certificate"/>); null if none was
/// asked for, or if the z-solver gives no bound.
/// </param>
/// <param name="GuardedSteps">The number of z-updates, of all images, that a guard improved; null without a guard.</param>
/// <param name="Parameters">The parameters by name.</param>
public sealed record MethodReport(
    string Name,
    double PsnrRgb,
    double PsnrY,
    double Ssim,
    double MsSsim,
    int MsSsimImages,
    double Perceptual,
    double Sharpness,
    double Nmse,
    double Misfit,
    double SecondsP50,
    double SecondsP99,
    double? SecondsZUpdateP50,
    int Iterations,
    IReadOnlyList<double> PsnrPerIteration,
    IReadOnlyList<double> NmsePerIteration,
    IReadOnlyList<double>? ZErrorPerIteration,
    double? Certificate,
    int? GuardedSteps,
    IReadOnlyDictionary<string, double> Parameters);
