using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// What a frame of a video gains from the iterates of the last one: the mean PSNR of a panning clip by the number of
/// iterations per frame, from the initial estimate and continued, for several speeds of the pan.
/// </summary>
internal static class WarmStart
{
    private const int Side = 128;
    private const int Frames = 6;

    // The first frames are still better than those that have only continued frames before them.
    private const int Skipped = 3;

    private static readonly double[] Speeds = [0, 0.25, 1, 4];
    private static readonly int[] Counts = [1, 2, 4, 8, 12];

    public static void Run(Device device, TextWriter text)
    {
        text.WriteLine();
        text.WriteLine(
            $"## Warm start: mean PSNR in dB of frames {Skipped + 1} to {Frames} of a panning clip, {Side}²×3");
        text.WriteLine();
        text.WriteLine("| task, prior | pan, pixels/frame | change | start | " +
            string.Join(" | ", Counts.Select(count => $"{count} its.")) + " |");
        text.WriteLine("|---|---|---|---|" + string.Concat(Counts.Select(_ => "---|")));
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
            string row = FormattableString.Invariant($"| {task.Name}, {prior} | {speed} | {clip.Change():0.00} |");
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

    private sealed record Clip(Shape Image, Shape Measured, float[][] Truth, float[][] Measurements)
    {
        public static Clip Measure(Device device, ImageTask task, double speed)
        {
            var image = new Shape(1, 3, Side, Side);
            var drawn = new PanningClip(Side, Side, speed, speed / 2);
            using var a = new TaskOperator(device, task, image);
            using Tensor x = device.Allocate(image);
            using Tensor y = device.Allocate(a.MeasurementShape);
            float[][] truth = [.. Enumerable.Range(0, Frames).Select(drawn.Frame)];
            float[][] measurements =
            [
                .. truth.Select((frame, number) =>
                {
                    device.Upload(frame, x);
                    a.Measure(x, seed: 1, stream: (ulong)number, y);
                    return y.ToArray();
                }),
            ];
            return new Clip(image, a.MeasurementShape, truth, measurements);
        }

        public double Change()
        {
            var change = new SceneChange();
            change.Next(Measurements[0]);
            return Measurements[1..].Average(y => change.Next(y));
        }

        public double MeanPsnr(Action<float[], float[]> restore, int first)
        {
            float[] x = new float[Image.Count];
            double sum = 0;
            for (int number = first; number < Frames; number++)
            {
                restore(Measurements[number], x);
                sum += number >= Skipped ? Psnr(x, Truth[number]) : 0;
            }

            return sum / (Frames - Skipped);
        }

        /// <summary>Away from the edges, beyond which A of the clip is periodic and the frames are not.</summary>
        private double Psnr(float[] x, float[] truth)
        {
            const int Border = 16;
            double sum = 0;
            int count = 0;
            for (int i = 0; i < x.Length; i++)
            {
                (int row, int column) = (i / Side % Side, i % Side);
                if (Math.Min(row, column) >= Border && Math.Max(row, column) < Side - Border)
                {
                    sum += Math.Pow(x[i] - truth[i], 2);
                    count++;
                }
            }

            return -10 * Math.Log10(sum / count);
        }
    }
}
