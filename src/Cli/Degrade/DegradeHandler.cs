using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.Degrade;

/// <summary>Runs <c>degrade</c>: crops each image, computes its measurement, and writes it.</summary>
internal static class DegradeHandler
{
    /// <summary>Measures the images. If one fails, the error is reported and the others are still measured.</summary>
    public static int Run(
        DegradeOptions options, CommonOptions common, CommandOutput output, CancellationToken cancellation)
    {
        string directory = output.OutDirectory
            ?? throw new InputException("degrade needs --out DIR, the directory for the measurements");
        ImageTask task = options.Task.Create(output.Note);
        IReadOnlyList<string> files = options.Pictures.Files;
        string[] targets = OptionErrors.Naming("--out", () => PictureTargets.For(files, directory));
        output.CheckReportIsNot(targets);
        using Device device = DeviceChoice.Create(common, output);
        var measured = new List<DegradedFile>();
        var run = new FileRun(output, cancellation);
        run.Run(
            "degrade", files,
            (i, progress) =>
            {
                progress(0);
                Picture picture = options.Pictures.Read(i, output.Note);
                measured.Add(Measure(device, task, picture, files[i], targets[i], common.Seed, i));
            },
            (_, _) => { });
        foreach (DegradedFile file in measured)
        {
            output.Line($"{file.Output}: {file.Width}x{file.Height} pixels");
        }

        output.Json(
            new DegradeReport("degrade", task.Name, new ReportedDevice(device.Name, device.Threads), measured),
            ReportJson.Default.DegradeReport);
        return run.End("measured");
    }

    private static DegradedFile Measure(
        Device device, ImageTask task, Picture picture, string file, string target, ulong seed, int number)
    {
        PlanarImage image = picture.Image;
        if (task.WhyNot(image.Shape) is { } reason)
        {
            throw new InputException($"'{file}': {reason}");
        }

        PlanarImage y = TaskImages.Measure(device, task, image, seed, (ulong)number);
        ImageFile.Write(target, y.Values, y.Shape, isDeep: true);
        return new DegradedFile(file, target, y.Shape.C, y.Shape.H, y.Shape.W);
    }
}
