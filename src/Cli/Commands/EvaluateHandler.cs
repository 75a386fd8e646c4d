using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli;

/// <summary>
/// Runs <c>evaluate</c>: tunes the methods on images that are not reported, then measures and restores those that are.
/// </summary>
internal static class EvaluateHandler
{
    private const int SheetRows = 4;

    /// <summary>Evaluates the methods.</summary>
    public static int Run(
        EvaluateOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        ImageTask task = options.Task.Create();
        IReadOnlyList<RestorationMethod> methods = RestorationMethods.Create(task, options.Methods, output.Note);
        EvaluationData data = EvaluationData.Open(options.Data, options.Split, options.Limit);
        output.Note($"data: {data.Reported.Description}");
        using Device device = DeviceChoice.Create(common, output);
        MethodRecord[] records = Tune(device, task, methods, data, common.Seed, output, cancellation);
        var sheet = new List<RestoredImage>();
        int count = Restore(device, task, records, data.Reported, common.Seed, sheet, output, cancellation);
        var report = new EvaluateReport(
            "evaluate", task.Name, options.Data, count, new ReportedDevice(device.Name, device.Threads),
            [.. records.Select(record => record.Report())]);
        EvaluateTable.Write(output, report);
        if (output.OutDirectory is { } directory)
        {
            foreach (string file in EvaluateFigures.Write(directory, report, sheet))
            {
                output.Note($"wrote {file}");
            }
        }

        output.Json(report, ReportJson.Default.EvaluateReport);
        return ExitCode.Done;
    }

    private static MethodRecord[] Tune(
        Device device, ImageTask task, IReadOnlyList<RestorationMethod> methods, EvaluationData data, ulong seed,
        CommandOutput output, CancellationToken cancellation)
    {
        // Other noise than that of the images reported.
        var tuning = new Tuning(device, task, unchecked(seed + 1));
        bool needed = methods.Any(method => method.Searched.Count > 0);
        if (needed && data.Others is { } others)
        {
            tuning.Load(others, output.Note, cancellation);
        }

        if (needed && tuning.Count == 0)
        {
            output.Note("no images are left to tune on: parameters are those tuned on training photographs");
        }

        var records = new List<MethodRecord>();
        output.Progress("tune", line =>
        {
            foreach (RestorationMethod method in methods)
            {
                double part = (double)records.Count / methods.Count;
                line.Update(part, method.Name);
                records.Add(new MethodRecord(method, tuning.Best(
                    method,
                    tried => line.Update(part + (1 - 1 / (1 + 0.1 * tried)) / methods.Count, $"{method.Name}, try {tried}"),
                    cancellation)));
            }
        });
        return [.. records];
    }

    private static int Restore(
        Device device, ImageTask task, MethodRecord[] records, IImageSet images, ulong seed, List<RestoredImage> sheet,
        CommandOutput output, CancellationToken cancellation)
    {
        int count = 0;
        string lastSkipped = "it has no images";
        var reader = new SkippingImages(images, line =>
        {
            lastSkipped = line;
            output.Note(line);
        });
        using var run = new EvaluationRun(device, task, records, seed);
        output.Progress("evaluate", line =>
        {
            for (int i = 0; i < images.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                line.Update((double)i / images.Count, $"{i} of {images.Count} images");
                if (!TryRead(reader, images, i, task, records, out PlanarImage? image))
                {
                    continue;
                }

                RestoredImage restored = run.Add(i, image);
                count++;

                // Evenly spaced, as the images themselves.
                if ((long)sheet.Count * images.Count <= (long)i * SheetRows && sheet.Count < SheetRows)
                {
                    sheet.Add(restored);
                }
            }
        });
        return count > 0
            ? count
            : throw new InputException(
                $"{images.Description}: none can be used for the task {task.Name}; {lastSkipped}");
    }

    private static bool TryRead(
        SkippingImages reader, IImageSet images, int index, ImageTask task, MethodRecord[] records,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PlanarImage? image)
    {
        if (!reader.TryLoad(index, out image))
        {
            return false;
        }

        PlanarImage read = image;
        string? reason = task.WhyNot(image.Shape)
            ?? records.Select(record => record.Method.WhyNot(task.Cropped(read.Shape))).FirstOrDefault(why => why is not null);
        if (reason is not null)
        {
            reader.Skip(index, $"'{images.Name(index)}': {reason}");
            return false;
        }

        image = TaskImages.Crop(image, task);
        return true;
    }
}
