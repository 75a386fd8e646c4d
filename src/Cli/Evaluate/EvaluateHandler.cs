using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Html;
using InfAdmm.Cli.Options;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Features;

namespace InfAdmm.Cli.Evaluate;

/// <summary>Runs <c>evaluate</c>.</summary>
internal static class EvaluateHandler
{
    /// <summary>Compares the methods, and writes the table, the figures and the JSON report.</summary>
    public static int Run(
        EvaluateOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        HtmlFile.Check(output);
        ImageTask task = options.Task.Create(output.Note);
        IReadOnlyList<RestorationMethod> methods = Methods(options, task, output);
        EvaluationData data = EvaluationData.Open(options.Data, options.Split, options.Limit);
        output.Note($"data: {data.Reported.Description}");
        using Device device = DeviceChoice.Create(common, output);
        var skipped = new SkippedImages(output);
        using FeatureNetwork? comparator = Comparator(options, device, output);
        PerceptualDistance? perceptual = comparator is null ? null : new PerceptualDistance(comparator, options.FeatureLayers);
        if (perceptual is not null)
        {
            output.Note($"perceptual distance: {perceptual.Name}");
        }

        var evaluation = new TaskEvaluation(device, task, methods, data, common.Seed)
        {
            Note = output.Note,
            Skipped = skipped.Add,
            Perceptual = perceptual,
        };
        EvaluationResult? result = null;
        output.Progress("tune", line => evaluation.Tune(
            progress => line.Update(progress.Fraction, progress.Status), cancellation));
        output.Progress("evaluate", line => result = evaluation.Run(
            progress => line.Update(progress.Fraction, progress.Status), cancellation));
        var report = new EvaluateReport(
            "evaluate", task.Name, options.Data, result!.Images, new ReportedDevice(device.Name, device.Threads),
            result.Methods)
        {
            IsCertified = options.Prior.Certificate,
        };
        EvaluateTable.Write(output, report);
        if (output.OutDirectory is { } directory)
        {
            foreach (string file in EvaluateFigures.Write(directory, report, result.Examples))
            {
                output.Note($"wrote {file}");
            }

            HtmlPage page = EvaluatePage.Build(report, output.CommandLine, result.Examples);
            output.Note($"wrote {HtmlFile.Write(directory, page)}");
        }

        output.Json(report, ReportJson.Default.EvaluateReport);
        return skipped.End();
    }

    private static FeatureNetwork? Comparator(EvaluateOptions options, Device device, CommandOutput output)
    {
        if (options.Comparator != ComparatorOptions.None && (options.Comparator ?? ComparatorOptions.FindPackage()) is { } file)
        {
            return ComparatorOptions.Load(device, file);
        }

        if (options.FeatureLayers is not null)
        {
            throw new InputException($"{ComparatorOptions.Layers} are those of a network: name it with {ComparatorOptions.Name} FILE");
        }

        if (options.Comparator is null)
        {
            output.Note($"no perceptual distance: get its network with 'dotnet package download {ComparatorOptions.Package}'");
        }

        return null;
    }

    private static IReadOnlyList<RestorationMethod> Methods(
        EvaluateOptions options, ImageTask task, CommandOutput output)
    {
        NeededWeights[] needed =
            [.. RestorationMethods.All.Where(kind => options.Methods?.Contains(kind.Name) ?? true).Select(kind => kind.Needs)];
        MethodOptions chosen = options.Prior.MethodOptions(task, needed, isRequired: options.Methods is not null) with
        {
            Lambda = options.Schedule.Lambda,
            Levels = options.Schedule.Levels,
            Methods = options.Methods,
            Rho = options.Rho,
            Iterations = options.Iterations,
        };
        return RestorationMethods.Create(task, chosen, output.Note);
    }
}
