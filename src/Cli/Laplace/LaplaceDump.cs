using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Laplace;

/// <summary>Writes the tensors of a run as .npy files, so that other programs can verify the results.</summary>
internal static class LaplaceDump
{
    /// <summary>Writes kernel, y and x_true, and x, z and w of each solver after its last iteration.</summary>
    public static void Write(
        string directory, LaplaceProblem problem, BlurKernel kernel, LaplaceResults results)
    {
        Shape image = problem.Operator.ImageShape;
        float[] values = [.. kernel.Values.ToArray().Select(value => (float)value)];
        NpyFile.WriteMatrix(Path.Combine(directory, "kernel.npy"), values, kernel.Height, kernel.Width);
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
}
