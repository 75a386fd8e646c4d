using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>Adds a suggested command to the reason why a z-solver does not apply.</summary>
internal static class SolverAdvice
{
    /// <summary>
    /// Returns why a solver does not apply, with the command that trains its weights; null if it applies.
    /// </summary>
    public static string? WhyNot(ZSolver solver, ZSolverContext context)
    {
        string? reason = solver.WhyNot(context);
        if (reason == LocalSolver.NoFilters)
        {
            return $"{reason}, with 'infadmm train inverse {Describe(context.Operator.Local!)}--rho " +
                FormattableString.Invariant($"{context.Rho} --architecture local --weights FILE' ") +
                "and pass that file with --weights";
        }

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
            "and pass that file with --weights; for laplace, --retrain also works";
    }

    /// <summary>What the user passes to --kernels; of kernels from files, only the user knows the folder.</summary>
    private static string KernelsOf(LocalModel model) =>
        model.Field.Kernels[0].Name.StartsWith(OperatorOptions.GeneratedField + ":", StringComparison.Ordinal)
            ? OperatorOptions.GeneratedField
            : "FOLDER";

    private static string Describe(LocalModel model)
    {
        string kernel = model switch
        {
            { Field.Kernels.Count: > 1 } => $"--operator varying --kernels {KernelsOf(model)} ",
            { Mask: not null } => $"--operator masked --kernel {model.Field.Kernels[0].Name} ",
            _ => $"--kernel {model.Field.Kernels[0].Name} ",
        };
        string boundary =
            model.Boundary == Boundary.Periodic ? "" : $"--boundary {OptionFactory.NameOf(model.Boundary)} ";
        return FormattableString.Invariant($"{kernel}--stride {model.Stride} {boundary}");
    }
}
