using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>The form of the z-update.</summary>
public enum UpdateForm
{
    /// <summary>z = q + Aᵀ B (y − A q).</summary>
    Residual,

    /// <summary>The paper's (11), z = ρ⁻¹(I − Aᵀ B A)(Aᵀ y + ρ q).</summary>
    Published,
}

/// <summary>Everything that a z-solver is made from.</summary>
/// <param name="Operator">A.</param>
/// <param name="Y">The measurement.</param>
/// <param name="Rho">The penalty ρ.</param>
public sealed record ZSolverContext(BlurDownsample Operator, Tensor Y, double Rho)
{
    /// <summary>The context of a <see cref="MixedBlur"/>: its first factor is what solvers know.</summary>
    public ZSolverContext(MixedBlur linearOperator, Tensor y, double rho) : this(linearOperator.Plane, y, rho) =>
        Mix = linearOperator.Mix;

    /// <summary>What makes the planes that <see cref="Operator"/> acts on from the image; null: they are the image's.</summary>
    public ChannelMix? Mix { get; init; }

    /// <summary>When inner loops stop.</summary>
    public InnerLoopSpec InnerLoop { get; init; } = InnerLoopSpec.Default;

    /// <summary>Trained inverses; those of another operator, stride, ρ or channel count are passed over.</summary>
    public IReadOnlyList<InverseWeights> Weights { get; init; } = [];

    /// <summary>How often the learned inverses are refined.</summary>
    public int Refinements { get; init; }

    /// <summary>The form of the z-update.</summary>
    public UpdateForm Update { get; init; } = UpdateForm.Residual;

    /// <summary>The trained inverse of an architecture for this operator and ρ, or null.</summary>
    public InverseWeights? FindWeights(InverseArchitecture architecture)
    {
        var problem = new InverseProblem(Operator.Kernel, Operator.Stride, Rho);
        return Weights.FirstOrDefault(w =>
            w.Architecture == architecture
            && (w.Channels == 1 || w.Channels == Operator.MeasurementShape.C)
            && w.Problem.IsSameAs(problem));
    }
}

/// <summary>The z-solvers by name: the one place where a new one is added.</summary>
public static class ZSolvers
{
    /// <summary>All names, from the cheapest kind of inverse to the dearest (MATH.md §3).</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["scalar", "fft", "cholesky", "cg", "cg-image", "gd", "learned", "learned-linear"];

    /// <summary>True for a solver that iterates within a call, and so starts warm from its last one.</summary>
    public static bool HasInnerLoop(string name) => name is "cg" or "cg-image" or "gd";

    /// <summary>The cheapest exact solver that always applies: scalar where A Aᵀ is one, else fft (MATH.md §3).</summary>
    public static string CheapestExact(ZSolverContext context) => context.Operator.Gram.IsScalar ? "scalar" : "fft";

    /// <summary>Why a solver does not apply, or null if it does.</summary>
    public static string? WhyNot(string name, ZSolverContext context)
    {
        int measurements = context.Operator.MeasurementShape.PlaneSize;
        return name switch
        {
            "scalar" when !context.Operator.Gram.IsScalar =>
                "A Aᵀ is no multiple of the identity: shifted kernels overlap on the stride grid",
            "cholesky" when measurements > CholeskyInverse.MostMeasurements =>
                $"{measurements} measurements exceed the {CholeskyInverse.MostMeasurements} that a dense factor serves",
            "cg-image" or "gd" when context.Update == UpdateForm.Published =>
                "the published update needs an inverse on the measurement grid, which this solver has none of",
            "learned" => WhyNoWeights(context, InverseArchitecture.Paper),
            "learned-linear" => WhyNoWeights(context, InverseArchitecture.Linear),
            _ => null,
        };
    }

    /// <summary>Makes a solver.</summary>
    /// <exception cref="InputException">It does not apply; the message says why.</exception>
    public static IZUpdate Create(string name, ZSolverContext context)
    {
        if (!Names.Contains(name))
        {
            throw new InputException($"unknown solver '{name}': choose from {string.Join(", ", Names)}");
        }

        if (WhyNot(name, context) is { } reason)
        {
            throw new InputException($"solver '{name}' cannot be used here: {reason}");
        }

        IZUpdate solver = CreateForPlanes(name, context);
        return context.Mix is { } mix ? new MixedUpdate(context.Operator.Device, mix, solver) : solver;
    }

    private static IZUpdate CreateForPlanes(string name, ZSolverContext context) =>
        name switch
        {
            "cg-image" => new ConjugateGradientImageUpdate(
                context.Operator, context.Y, context.Rho, context.InnerLoop),
            "gd" => new GradientDescentUpdate(context.Operator, context.Y, context.Rho, context.InnerLoop),
            "fft" when context.Update == UpdateForm.Residual && FourierUpdate.IsCheaper(context.Operator) =>
                new FourierUpdate(context.Operator, context.Y, context.Rho),
            _ => WithInverse(name, context),
        };

    private static IZUpdate WithInverse(string name, ZSolverContext context)
    {
        IGramInverse inverse = CreateInverse(name, context);
        int refinements = name.StartsWith("learned", StringComparison.Ordinal) ? context.Refinements : 0;
        return context.Update == UpdateForm.Published
            ? new PublishedUpdate(context.Operator, context.Y, context.Rho, inverse)
            : new MeasurementUpdate(context.Operator, context.Y, context.Rho, inverse, refinements);
    }

    private static IGramInverse CreateInverse(string name, ZSolverContext context)
    {
        BlurDownsample a = context.Operator;
        return name switch
        {
            "scalar" => new ScalarInverse(1 / (context.Rho + a.Gram.Centre)),
            "fft" => new FourierInverse(a, context.Rho),
            "cholesky" => new CholeskyInverse(a, context.Rho),
            "cg" => new ConjugateGradientInverse(a, context.Rho, context.InnerLoop),
            "learned" => context.FindWeights(InverseArchitecture.Paper)!.ToInverse(a.Device, a.MeasurementShape),
            _ => context.FindWeights(InverseArchitecture.Linear)!.ToInverse(a.Device, a.MeasurementShape),
        };
    }

    private static string? WhyNoWeights(ZSolverContext context, InverseArchitecture architecture)
    {
        if (context.FindWeights(architecture) is not null)
        {
            return null;
        }

        if (context.Mix is not null)
        {
            return "no weights for an operator that mixes channels: there is no command that trains them";
        }

        string name = architecture == InverseArchitecture.Paper ? "paper" : "linear";
        return FormattableString.Invariant(
            $"no weights for {context.Operator.Kernel.Name}, stride {context.Operator.Stride}, ρ = {context.Rho}: ") +
            FormattableString.Invariant(
                $"train them with 'infadmm train inverse --kernel {context.Operator.Kernel.Name} ") +
            FormattableString.Invariant(
                $"--stride {context.Operator.Stride} --rho {context.Rho} --architecture {name} --weights FILE' ") +
            "and give that file; laplace can --retrain";
    }
}
