using InfAdmm.Cli.TrainInverse;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>The training curve: drawn if there are several points, not for a single one.</summary>
public sealed class TrainingFigureTests
{
    [Fact]
    public void A_curve_is_drawn_as_png_and_svg()
    {
        using var directory = new TemporaryDirectory();
        TrainingProgress[] curve =
            [.. Enumerable.Range(1, 50).Select(k => new TrainingProgress(k, k / 50.0, 0.1 * k, 1.0 / k))];
        string folder = Path.GetDirectoryName(directory.File("any"))!;
        IReadOnlyList<string> files = TrainingFigure.Write(folder, "training", "learned", curve);
        Assert.Equal(["training.png", "training.svg"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.True(new FileInfo(file).Length > 4000, file));
        Assert.Empty(TrainingFigure.Write(folder, "training", "learned", curve[..1]));
    }
}
