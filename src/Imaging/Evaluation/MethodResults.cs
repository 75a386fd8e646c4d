using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The results of a method, image by image.</summary>
/// <param name="method">The method.</param>
/// <param name="parameters">The values of <see cref="RestorationMethod.Searched"/>.</param>
internal sealed class MethodResults(RestorationMethod method, IReadOnlyDictionary<string, double> parameters)
{
    private readonly List<double> _psnr = [];
    private readonly List<double> _psnrLuma = [];
    private readonly List<double> _ssim = [];
    private readonly List<double> _msSsim = [];
    private readonly List<double> _perceptual = [];
    private readonly List<double> _sharpness = [];
    private readonly List<double> _nmse = [];
    private readonly List<double> _misfit = [];
    private readonly List<double> _seconds = [];
    private readonly List<double>[] _zSeconds = [.. Lists(method.Iterations)];
    private readonly List<double>[] _zError = [.. Lists(method.Iterations)];
    private readonly List<double>[] _zBound = [.. Lists(method.Iterations)];
    private readonly List<double>[] _zGuarded = [.. Lists(method.Iterations)];
    private readonly List<double>[] _psnrOfIteration = [.. Lists(method.Iterations)];
    private readonly List<double>[] _nmseOfIteration = [.. Lists(method.Iterations)];

    /// <summary>The method.</summary>
    public RestorationMethod Method => method;

    /// <summary>The values of its parameters.</summary>
    public IReadOnlyDictionary<string, double> Parameters => parameters;

    /// <summary>Adds a restored image with values in [0, 1].</summary>
    public void Add(
        float[] restored, PlanarImage truth, double seconds, double misfit, PerceptualDistance? perceptual)
    {
        _psnr.Add(ImageMetrics.Psnr(restored, truth.Values));
        _psnrLuma.Add(ImageMetrics.PsnrLuma(restored, truth.Values, truth.Shape));
        _ssim.Add(ImageMetrics.Ssim(restored, truth.Values, truth.Shape));
        _msSsim.Add(ImageMetrics.MultiScaleSsim(restored, truth.Values, truth.Shape));
        _perceptual.Add(perceptual?.Of(restored, truth.Values, truth.Shape) ?? double.NaN);
        _sharpness.Add(ImageMetrics.Sharpness(restored, truth.Values, truth.Shape));
        _nmse.Add(ImageMetrics.Nmse(restored, truth.Values));
        _misfit.Add(misfit);
        _seconds.Add(seconds);
    }

    /// <summary>The number of images.</summary>
    public int Count => _psnr.Count;

    /// <summary>Keeps only the results of the first images.</summary>
    public void KeepFirst(int count)
    {
        foreach (List<double> values in
            (List<double>[])
            [
                _psnr, _psnrLuma, _ssim, _msSsim, _perceptual, _sharpness, _nmse, _misfit,
                _seconds,
                .. _psnrOfIteration, .. _nmseOfIteration, .. _zSeconds, .. _zError, .. _zBound, .. _zGuarded,
            ])
        {
            values.RemoveRange(Math.Min(count, values.Count), Math.Max(values.Count - count, 0));
        }
    }

    /// <summary>Adds an iterate with values in [0, 1].</summary>
    public void AddIterate(int iteration, float[] restored, PlanarImage truth)
    {
        _psnrOfIteration[iteration].Add(ImageMetrics.Psnr(restored, truth.Values));
        _nmseOfIteration[iteration].Add(ImageMetrics.Nmse(restored, truth.Values));
    }

    /// <summary>Adds the measurement of an iteration's z-update.</summary>
    public void AddZUpdate(int iteration, ZUpdateMeasurement update)
    {
        _zSeconds[iteration].Add(update.Seconds);
        if (update.Error is { } error)
        {
            _zError[iteration].Add(error);
        }

        if (update.Certificate is { } bound)
        {
            _zBound[iteration].Add(bound);
        }

        if (update.WasGuarded is { } wasGuarded)
        {
            _zGuarded[iteration].Add(wasGuarded ? 1 : 0);
        }
    }

    /// <summary>The means over the images, the times, and the largest errors of the z-update.</summary>
    public MethodReport Report() => new(
        method.Name,
        Mean(_psnr),
        Mean(_psnrLuma),
        Mean(_ssim),
        Mean(_msSsim),
        _msSsim.Count(double.IsFinite),
        Mean(_perceptual),
        Mean(_sharpness),
        Mean(_nmse),
        Mean(_misfit),
        Percentile(_seconds, 0.5),
        Percentile(_seconds, 0.99),
        ZUpdateSeconds(),
        method.Iterations,
        [.. _psnrOfIteration.Select(Mean)],
        [.. _nmseOfIteration.Select(Mean)],
        _zError.Any(errors => errors.Count > 0) ? [.. _zError.Select(errors => errors.Max())] : null,
        _zBound.Any(bounds => bounds.Count > 0) ? _zBound.Max(bounds => bounds.Max()) : null,
        _zGuarded.Any(guarded => guarded.Count > 0) ? (int)_zGuarded.Sum(guarded => guarded.Sum()) : null,
        new SortedDictionary<string, double>(
            parameters.Concat(method.Fixed).ToDictionary(pair => pair.Key, pair => pair.Value),
            StringComparer.Ordinal));

    private static IEnumerable<List<double>> Lists(int count) =>
        Enumerable.Range(0, count).Select(_ => new List<double>());

    /// <summary>
    /// The mean of the finite values: an exact result has no PSNR, a black image no NMSE, and an image smaller than the
    /// window no SSIM.
    /// </summary>
    private static double Mean(List<double> values) =>
        values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The median over the images of the time of all z-updates of an image; null if it was not measured.</summary>
    private double? ZUpdateSeconds() => _zSeconds.Any(seconds => seconds.Count > 0)
        ? Percentile([.. Enumerable.Range(0, Count).Select(i => _zSeconds.Sum(seconds => seconds[i]))], 0.5)
        : null;

    private static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
    }
}
