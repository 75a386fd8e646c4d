using InfAdmm.Engine;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// What a frame of a video gains from the last one: the mean PSNR of a panning clip by the number of
/// iterations per frame, from the initial estimate and continued, for several speeds of the pan.
/// </summary>
internal static class WarmStart
{
    private const int Side = 192;
    private const int Frames = 5;

    // The first frames are nearer to the one that has no last one.
    private const int Skipped = 2;

    private static readonly double[] Speeds = [0, 0.3, 2];
    private static readonly int[] Counts = [1, 2, 4, 12];

    public static void Run(Device device, TextWriter text)
    {
        text.WriteLine();
        text.WriteLine(
            $"## Warm start: mean PSNR in dB of frames {Skipped + 1} to {Frames} of a panning clip, {Side}²×3");
        text.WriteLine();
        text.WriteLine("| task, prior | pan, pixels/frame | start | " +
            string.Join(" | ", Counts.Select(count => $"{count} its.")) + " |");
        text.WriteLine("|---|---|---|" + string.Concat(Counts.Select(_ => "---|")));
        foreach (ImageTask task in (ImageTask[])[ImageTasks.SuperResolution, ImageTasks.Deblurring, ImageTasks.Colorization])
        {
            Run(device, task, ShippedWeights.Prior(task.Name), "task", text);
            Run(device, task, ShippedWeights.Denoiser(task), "denoiser", text);
        }
    }

    private static void Run(Device device, ImageTask task, PriorWeights weights, string prior, TextWriter text)
    {
        foreach (double speed in Speeds)
        {
            Clip clip = Clip.Measure(device, task, speed);
            string row = FormattableString.Invariant($"| {task.Name}, {prior} | {speed} |");
            text.WriteLine($"{row} fresh | " + Row(count => Fresh(device, weights, clip, count)));
            text.WriteLine($"{row} continued | " + Row(count => Continued(device, weights, clip, count)));
        }

        string Row(Func<int, double> psnr) =>
            string.Concat(Counts.Select(count => FormattableString.Invariant($"{psnr(count):0.00} | ")));
    }

    private static double Fresh(Device device, PriorWeights weights, Clip clip, int count)
    {
        using var restorer = new Restorer(device, weights, new RestorationOptions { Iterations = count });
        return clip.MeanPsnr((y, x) => restorer.Restore(y, clip.Measured, x), first: Skipped);
    }

    private static double Continued(Device device, PriorWeights weights, Clip clip, int count)
    {
        using var restorer = new Restorer(device, weights, new RestorationOptions { ContinuedIterations = count });
        return clip.MeanPsnr((y, x) => restorer.RestoreNext(y, clip.Measured, x), first: 0);
    }

    private sealed record Clip(Shape Image, Shape Measured, IReadOnlyList<(float[] Truth, float[] Y)> All)
    {
        public static Clip Measure(Device device, ImageTask task, double speed)
        {
            var image = new Shape(1, 3, Side, Side);
            var clip = new MeasuredClip(device, task, image, speed, speed / 2);
            return new Clip(image, clip.Measured, [.. Enumerable.Range(0, Frames).Select(clip.Frame)]);
        }

        public double MeanPsnr(Action<float[], float[]> restore, int first)
        {
            float[] x = new float[Image.Count];
            double sum = 0;
            for (int number = first; number < Frames; number++)
            {
                restore(All[number].Y, x);
                sum += number >= Skipped ? ImageMetrics.Psnr(x, All[number].Truth) : 0;
            }

            return sum / (Frames - Skipped);
        }
    }
}
