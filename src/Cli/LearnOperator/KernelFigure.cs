using InfAdmm.Cli.Figures;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.LearnOperator;

/// <summary>
/// Figure 5 of the paper: the true kernel, the learned one and their difference; without a true kernel, only the learned
/// one.
/// </summary>
internal static class KernelFigure
{
    /// <summary>Draws the figure.</summary>
    /// <param name="path">The PNG file to write.</param>
    /// <param name="learned">The learned kernel.</param>
    /// <param name="truth">The true kernel, of the same size; null if it is not known.</param>
    public static void Write(string path, BlurKernel learned, BlurKernel? truth)
    {
        double[] values = learned.Values.ToArray();
        var panel = new MatrixPanel("learned", values, learned.Width);
        if (truth is null)
        {
            MatrixPanels.Write(path, [panel]);
            return;
        }

        double[] expected = truth.Values.ToArray();
        MatrixPanels.Write(
            path,
            [
                new MatrixPanel("true kernel", expected, truth.Width), panel,
                new MatrixPanel("difference", [.. values.Zip(expected, (a, b) => a - b)], truth.Width),
            ]);
    }
}
