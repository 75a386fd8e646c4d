using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>Adds to the reason why a z-solver does not apply what the user can type about it.</summary>
internal static class SolverAdvice
{
    /// <summary>Why a solver does not apply, with the command that trains its weights, or null if it does.</summary>
    public static string? WhyNot(ZSolver solver, ZSolverContext context)
    {
        string? reason = solver.WhyNot(context);
        if (reason is null || solver.Architecture is not { } architecture || context.Problem is not { } problem)
        {
            return reason;
        }

        string name = architecture == InverseArchitecture.Paper ? "paper" : "linear";
        string boundary = problem.Boundary == Boundary.Periodic
            ? ""
            : $"--boundary {OptionFactory.NameOf(problem.Boundary)} ";
        return FormattableString.Invariant(
            $"{reason}, with 'infadmm train inverse --kernel {problem.Kernel.Name} --stride {problem.Stride} ") +
            FormattableString.Invariant(
                $"{boundary}--rho {problem.Rho} --architecture {name} --weights FILE' ") +
            "and give that file; laplace can --retrain";
    }
}
