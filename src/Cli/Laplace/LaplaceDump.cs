using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Laplace;

/// <summary>Writes the tensors of a run as .npy files, so that other programs can verify the results.</summary>
internal static class LaplaceDump
{
    /// <summary>
    /// Writes what defines A, y and x_true, and x, z and w of each solver after its last iteration. A is defined by its
    /// kernel, with a mask also by the mask; a varying blur by the kernels and windows of its anchors.
    /// </summary>
    public static void Write(
        string directory, LaplaceProblem problem, BlurKernel kernel, LaplaceResults results)
    {
        Shape image = problem.Operator.ImageShape;
        WriteOperator(directory, problem.Operator, kernel);
        NpyFile.Write(Path.Combine(directory, "y.npy"), problem.Y.ToArray(), problem.Operator.MeasurementShape);
        if (problem.Truth is { } truth)
        {
            NpyFile.Write(Path.Combine(directory, "x_true.npy"), truth.ToArray(), image);
        }

        foreach ((string solver, RecordedRun run) in results.Recorded)
        {
            NpyFile.Write(Path.Combine(directory, $"x_{solver}.npy"), run.X, image);
            NpyFile.Write(Path.Combine(directory, $"z_{solver}.npy"), run.Z, image);
            NpyFile.Write(Path.Combine(directory, $"w_{solver}.npy"), run.W, image);
        }
    }

    private static void WriteOperator(string directory, ILinearOperator linearOperator, BlurKernel kernel)
    {
        if (linearOperator is VaryingBlur { Field: var field, MeasurementShape: var grid })
        {
            var anchors = new Shape(1, field.Kernels.Count, field.KernelHeight, field.KernelWidth);
            NpyFile.Write(Path.Combine(directory, "kernels.npy"), [.. field.Kernels.SelectMany(Values)], anchors);
            NpyFile.Write(
                Path.Combine(directory, "windows.npy"), field.Windows(grid), anchors with { H = grid.H, W = grid.W });
            return;
        }

        NpyFile.WriteMatrix(Path.Combine(directory, "kernel.npy"), Values(kernel), kernel.Height, kernel.Width);
        if (linearOperator is MaskedBlur { Mask: var mask })
        {
            float[] kept = Array.ConvertAll(mask.Kept.ToArray(), isKept => isKept ? 1f : 0f);
            NpyFile.WriteMatrix(Path.Combine(directory, "mask.npy"), kept, mask.Height, mask.Width);
        }
    }

    private static float[] Values(BlurKernel kernel) =>
        Array.ConvertAll(kernel.Values.ToArray(), value => (float)value);
}
