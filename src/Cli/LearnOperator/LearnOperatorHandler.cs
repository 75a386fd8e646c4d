using System.Globalization;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.LearnedOperator;
using InfAdmm.Solvers.Operators;
using InfAdmm.Storage;

namespace InfAdmm.Cli.LearnOperator;

/// <summary>Runs <c>learn-operator</c>.</summary>
internal static class LearnOperatorHandler
{
    /// <summary>Estimates the kernel from the pairs, and writes it and the figure.</summary>
    public static int Run(
        LearnOperatorOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        SharedRun.RefuseSeveral("learn-operator");
        string directory = output.OutDirectory
            ?? throw new InputException("learn-operator needs --out DIR, the directory for the kernel and the figure");
        BlurKernel? truth = options.Truth is { } text ? BlurKernel.Parse(text) : null;
        if (truth is not null && (truth.Height, truth.Width) != (options.Size, options.Size))
        {
            throw new InputException(
                $"--truth {truth.Name} has {truth.Width}x{truth.Height} entries, but --size is {options.Size}");
        }

        ImagePairs pairs = ImagePairs.Find(options.Pairs);
        int threads = common.Threads == 0 ? Environment.ProcessorCount : common.Threads;
        var estimation = new KernelEstimation(options.Size, options.Stride, options.Boundary, threads);
        output.Progress("learn-operator", line =>
        {
            for (int i = 0; i < pairs.Files.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                line.Update((double)i / pairs.Files.Count, pairs.Files[i].Image);
                Add(estimation, pairs.Files[i]);
            }
        });
        EstimatedKernel learned = estimation.Solve(
            new KernelConstraints
            {
                Ridge = options.Ridge ?? 0,
                SumIsOne = options.SumIsOne,
                IsNonNegative = options.IsNonNegative,
            });
        string file = Path.Combine(directory, "kernel.csv");
        AtomicFile.WriteText(file, learned.Kernel.ToCsv());
        string figure = Path.Combine(directory, "kernel.png");
        KernelFigure.Write(figure, learned.Kernel, truth);
        double? error = truth is null ? null : RelativeError(learned.Kernel, truth);
        Print(output, learned, pairs.Files.Count, error);
        output.Line($"kernel: {file}");
        output.Note($"wrote {figure}");
        output.Json(
            new LearnOperatorReport(
                "learn-operator", Application.Version, Rows(learned.Kernel), file, learned.Residual, pairs.Files.Count,
                error),
            ReportJson.Default.LearnOperatorReport);
        return ExitCode.Done;
    }

    private static void Add(KernelEstimation estimation, (string Image, string Measurement) files)
    {
        (PlanarImage image, PlanarImage measurement) = ImagePairs.Read(files);
        try
        {
            estimation.Add(image.Values, image.Shape, measurement.Values, measurement.Shape);
        }
        catch (InputException failure)
        {
            throw new InputException($"'{files.Measurement}': {failure.Message}", failure);
        }
    }

    private static void Print(CommandOutput output, EstimatedKernel learned, int pairs, double? error)
    {
        string compared = error is { } value
            ? string.Create(CultureInfo.InvariantCulture, $", relative error {value:0.0e+0}")
            : "";
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{pairs} pairs: a kernel of {learned.Kernel.Width}x{learned.Kernel.Height} with sum " +
            $"{learned.Kernel.Sum:0.0000}, residual {learned.Residual:0.00000}{compared}"));
    }

    private static double RelativeError(BlurKernel kernel, BlurKernel truth)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < truth.Values.Length; i++)
        {
            difference += Math.Pow(kernel.Values[i] - truth.Values[i], 2);
            norm += truth.Values[i] * truth.Values[i];
        }

        return Math.Sqrt(difference / norm);
    }

    private static double[][] Rows(BlurKernel kernel) =>
        [.. Enumerable.Range(0, kernel.Height).Select(i => kernel.Values.Slice(i * kernel.Width, kernel.Width).ToArray())];
}
