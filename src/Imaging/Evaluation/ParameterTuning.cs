using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// Tunes the parameters of a method to the best mean PSNR on images that are not reported: an evenly spaced selection,
/// cropped to keep the search short.
/// </summary>
internal sealed class ParameterTuning(Device device, ImageTask task, ulong seed)
{
    private const int LargestSide = 512;
    private const int Pixels = 16 * LargestSide * LargestSide;
    private const int FewestImages = 16;
    private const int MostImages = 1000;

    // Methods that iterate take much longer for each image than those that do not.
    private const int ShareOfIterative = 4;

    private readonly List<PlanarImage> _images = [];

    /// <summary>The number of images to tune on.</summary>
    public int Count => _images.Count;

    /// <summary>Reads the images; those that do not fit the task are skipped.</summary>
    public void Load(IImageSet others, Action<string> skipped, CancellationToken cancellation)
    {
        IImageSet candidates = ImageSubset.EvenlySpaced(others, MostImages);
        int side = Math.Max(LargestSide, 2 * Math.Max(task.Kernel.Height, task.Kernel.Width));
        int wanted = 0;
        var reader = new SkippingImages(candidates, skipped);
        for (int i = 0; i < candidates.Count; i += wanted == 0 ? 1 : Math.Max(candidates.Count / wanted, 1))
        {
            cancellation.ThrowIfCancellationRequested();
            if (reader.TryLoad(i, out PlanarImage? image) && task.WhyNot(image.Shape) is null)
            {
                PlanarImage cut = TaskImages.Cut(image, task, side);
                wanted = Math.Clamp(Pixels / cut.Shape.PlaneSize, FewestImages, MostImages);
                _images.Add(cut);
            }
        }
    }

    /// <summary>Returns the best parameters of a method.</summary>
    /// <param name="method">The method.</param>
    /// <param name="tried">Called after each point of the search, with the number of points so far.</param>
    /// <param name="cancellation">Cancels the search.</param>
    public IReadOnlyDictionary<string, double> Best(
        RestorationMethod method, Action<int> tried, CancellationToken cancellation)
    {
        if (method.Searched.Count == 0 || Count == 0)
        {
            return method.Searched;
        }

        int count = 0;
        var search = new ParameterSearch(parameters =>
        {
            double score = Score(method, parameters, cancellation);
            tried(++count);
            return score;
        });
        return search.Best(method.Searched);
    }

    private double Score(
        RestorationMethod method, IReadOnlyDictionary<string, double> parameters, CancellationToken cancellation)
    {
        int step = method.Iterations > 0 ? ShareOfIterative : 1;
        PlanarImage[] images = [.. _images.Where((_, i) => i % step == 0)];
        double sum = 0;
        foreach (IGrouping<Shape, PlanarImage> group in images.GroupBy(image => image.Shape))
        {
            using var workspace = new TaskWorkspace(device, task, group.Key);
            using PreparedMethod prepared = method.Create(workspace.Operator, workspace.Y, parameters);
            foreach (PlanarImage image in group)
            {
                cancellation.ThrowIfCancellationRequested();
                workspace.Measure(image, seed, _images.IndexOf(image));
                sum += Math.Min(ImageMetrics.Psnr(workspace.Restore(prepared), image.Values), 100);
            }
        }

        return sum / images.Length;
    }
}
