using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli;

/// <summary>The z-solvers as users name them, from cheap to dear.</summary>
internal static class SolverNames
{
    /// <summary>B is a number.</summary>
    public const string Scalar = "scalar";

    /// <summary>B is diagonal in the Fourier domain.</summary>
    public const string Fft = "fft";

    /// <summary>B by a dense factor.</summary>
    public const string Cholesky = "cholesky";

    /// <summary>Conjugate gradients on the measurement grid.</summary>
    public const string Cg = "cg";

    /// <summary>Conjugate gradients on the image grid.</summary>
    public const string CgImage = "cg-image";

    /// <summary>Gradient descent.</summary>
    public const string GradientDescent = "gd";

    /// <summary>The learned inverse as published.</summary>
    public const string Learned = "learned";

    /// <summary>The learned inverse without ReLU, collapsed into one kernel.</summary>
    public const string LearnedLinear = "learned-linear";

    /// <summary>All of them, as the solvers themselves have it.</summary>
    public static readonly string[] All = [.. ZSolvers.Names];

    /// <summary>The solver that uses a learned inverse.</summary>
    public static string Of(InverseArchitecture architecture) =>
        architecture == InverseArchitecture.Paper ? Learned : LearnedLinear;
}
