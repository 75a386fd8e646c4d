using System.Globalization;
using System.Text;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// The iterations of all solvers as comma-separated values. A value that does not exist is an empty field.
/// </summary>
internal static class LaplaceCsv
{
    /// <summary>Writes the file.</summary>
    public static void Write(string path, LaplaceReport report) => AtomicFile.WriteText(path, Text(report));

    /// <summary>Returns the contents of the file.</summary>
    public static string Text(LaplaceReport report)
    {
        var text = new StringBuilder();
        text.Append("solver,k,seconds,objective_x,objective_z,primal,dual,inner_iterations,residual,rho\n");
        foreach (SolverReport solver in report.Solvers)
        {
            foreach (IterationReport i in solver.Iterations)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{solver.Name},{i.K},{i.Seconds},{i.ObjectiveX},{i.ObjectiveZ},{i.Primal},{i.Dual},");
                text.Append(CultureInfo.InvariantCulture, $"{i.InnerIterations},{i.Residual},{i.Rho}\n");
            }
        }

        return text.ToString();
    }
}
