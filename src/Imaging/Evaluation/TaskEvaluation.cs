using System.Diagnostics.CodeAnalysis;
using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// Compares methods on a task over a data set: tunes their parameters on images that are not reported, then measures
/// and restores those that are.
/// <code>
/// ImageTask task = ImageTasks.SuperResolution;
/// EvaluationData data = EvaluationData.Open("photographs", limit: 20);
/// EvaluationResult result = new TaskEvaluation(device, task, RestorationMethods.Create(task), data).Run();
/// </code>
/// </summary>
/// <param name="device">The device to run on.</param>
/// <param name="task">The task that defines the measurement.</param>
/// <param name="methods">The methods.</param>
/// <param name="data">The images.</param>
/// <param name="seed">The seed of the noise.</param>
public sealed class TaskEvaluation(
    Device device, ImageTask task, IReadOnlyList<RestorationMethod> methods, EvaluationData data, ulong seed = 0)
{
    private MethodResults[]? _results;

    /// <summary>Called with information that affects the results.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>Called with a message for each image that is skipped, which names it.</summary>
    public Action<string> Skipped { get; init; } = _ => { };

    /// <summary>Compares what images look like; null to leave that out. The caller keeps ownership of its network.</summary>
    public PerceptualDistance? Perceptual { get; init; }

    /// <summary>The maximum number of images that are kept with their results, evenly spaced.</summary>
    public int ExampleCount { get; init; } = 4;

    /// <summary>Tunes the parameters of all methods. <see cref="Run"/> calls it if it was not called before.</summary>
    /// <param name="progress">Called periodically.</param>
    /// <param name="cancellation">Cancels the search.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Tune(Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        // The noise differs from that of the reported images.
        var tuning = new ParameterTuning(device, task, unchecked(seed + 1));
        bool needed = methods.Any(method => method.Searched.Count > 0);
        if (needed && data.Others is { } others)
        {
            tuning.Load(others, Skipped, cancellation);
        }

        if (needed && tuning.Count == 0)
        {
            Note("no images are left to tune on: the parameters are those tuned on training photographs");
        }

        var results = new List<MethodResults>();
        foreach (RestorationMethod method in methods)
        {
            double done = (double)results.Count / methods.Count;
            progress?.Invoke(new EvaluationProgress(done, method.Name));
            results.Add(new MethodResults(method, tuning.Best(method, Tried, cancellation)));

            // The number of points is not known in advance: the fraction approaches that of the next method.
            void Tried(int count) => progress?.Invoke(new EvaluationProgress(
                done + (1 - 1 / (1 + 0.1 * count)) / methods.Count, $"{method.Name}, try {count}"));
        }

        _results = [.. results];
    }

    /// <summary>Measures and restores all reported images.</summary>
    /// <param name="progress">Called periodically.</param>
    /// <param name="cancellation">Cancels the evaluation between two images.</param>
    /// <exception cref="InputException">No image can be used.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public EvaluationResult Run(
        Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (_results is null)
        {
            Tune(cancellation: cancellation);
        }

        MethodResults[] results = _results!;
        _results = null;
        IImageSet images = data.Reported;
        int count = 0;
        var examples = new List<RestoredImage>();
        string lastSkipped = "it has no images";
        var reader = new SkippingImages(images, line =>
        {
            lastSkipped = line;
            Skipped(line);
        });
        using var comparison = new MethodComparison(device, task, results, seed) { Perceptual = Perceptual };
        for (int i = 0; i < images.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(new EvaluationProgress((double)i / images.Count, $"{i} of {images.Count} images"));
            if (!TryRead(reader, i, out PlanarImage? image))
            {
                continue;
            }

            RestoredImage restored;
            try
            {
                restored = comparison.Add(i, image);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or InputException))
            {
                reader.Skip(i, failure);
                continue;
            }

            count++;
            if ((long)examples.Count * images.Count <= (long)i * ExampleCount && examples.Count < ExampleCount)
            {
                examples.Add(restored);
            }
        }

        return count > 0
            ? new EvaluationResult(count, [.. results.Select(result => result.Report())], examples)
            : throw new InputException(
                $"{images.Description}: no image can be used for the task {task.Name}; {lastSkipped}");
    }

    private bool TryRead(SkippingImages reader, int index, [NotNullWhen(true)] out PlanarImage? image)
    {
        if (!reader.TryLoad(index, out image))
        {
            return false;
        }

        Shape shape = image.Shape;
        string? reason = task.WhyNot(shape)
            ?? methods.Select(method => method.WhyNot(task.Cropped(shape))).FirstOrDefault(why => why is not null);
        if (reason is not null)
        {
            reader.Skip(index, $"'{data.Reported.Name(index)}': {reason}");
            return false;
        }

        image = TaskImages.Crop(image, task);
        return true;
    }
}
