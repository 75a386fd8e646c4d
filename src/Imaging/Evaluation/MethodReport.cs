namespace InfAdmm.Imaging.Evaluation;

/// <summary>How one method did: means over the images, of results clipped to [0, 1].</summary>
/// <param name="Name">The method.</param>
/// <param name="PsnrRgb">PSNR over all channels, in dB.</param>
/// <param name="PsnrY">PSNR of the luma, in dB.</param>
/// <param name="Ssim">Structural similarity.</param>
/// <param name="Nmse">‖x̂ − x‖² / ‖x‖².</param>
/// <param name="SecondsP50">The median time an image, from the measurement on.</param>
/// <param name="SecondsP99">The time that 99 % of the images stay within.</param>
/// <param name="Iterations">Outer iterations; 0 for a method that has none.</param>
/// <param name="PsnrPerIteration">Of each iterate.</param>
/// <param name="NmsePerIteration">Of each iterate.</param>
/// <param name="Parameters">By name.</param>
public sealed record MethodReport(
    string Name,
    double PsnrRgb,
    double PsnrY,
    double Ssim,
    double Nmse,
    double SecondsP50,
    double SecondsP99,
    int Iterations,
    IReadOnlyList<double> PsnrPerIteration,
    IReadOnlyList<double> NmsePerIteration,
    IReadOnlyDictionary<string, double> Parameters);
