using ILGPU;
using ILGPU.Runtime;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Triangular substitution with one group per system; a conjugate-gradient step whose scalars stay on the accelerator.
/// </remarks>
public sealed partial class IlgpuDevice
{
    private MemoryBuffer1D<double, Stride1D.Dense>? _scalars;

    /// <inheritdoc/>
    protected override void SolveTriangularCore(Tensor factor, bool transposed, Tensor b, Tensor x)
    {
        int size = factor.Shape.W;
        Launch(LinearAlgebraKernels.Substitute, new KernelConfig(b.Count / size, GroupSize()), new SubstituteArguments(
            View(factor), View(b), View(x), size, transposed ? 1 : 0));
    }

    /// <inheritdoc/>
    protected override void ConjugateGradientStepCore(
        Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state)
    {
        _scalars ??= Guarded(() => Accelerator.Allocate1D<double>(2));
        KernelConfig config = PartialSums(direction.Count);
        ArrayView<double> partials = Partials();
        var arguments = new GradientStepArguments(
            View(direction), View(image), View(solution), View(residual), View(state), partials, _scalars.View,
            config.GridDim.X);
        Launch(ReductionKernels.Partial<DotTerm>, config, new ReduceArguments(View(direction), View(image), partials));
        Launch(LinearAlgebraKernels.StepLength, new KernelConfig(1, 1), arguments);
        Launch(LinearAlgebraKernels.Advance, config, arguments);
        Launch(LinearAlgebraKernels.NextState, new KernelConfig(1, 1), arguments);
        Launch(LinearAlgebraKernels.Turn, Elements(direction.Count), arguments);
    }
}

internal readonly record struct SubstituteArguments(
    ArrayView<float> Factor, ArrayView<float> B, ArrayView<float> X, int Size, int IsTransposed);

/// <summary>
/// The scalars are the step length α and β; a curvature of zero makes them 0 and NaN, and nothing changes.
/// </summary>
internal readonly record struct GradientStepArguments(
    ArrayView<float> Direction, ArrayView<float> Image, ArrayView<float> Solution, ArrayView<float> Residual,
    ArrayView<float> State, ArrayView<double> Partials, ArrayView<double> Scalars, int Groups);

internal static class LinearAlgebraKernels
{
    /// <summary>
    /// Row by row, from the last for a transposed factor: each is a dot product with the unknowns solved so far.
    /// </summary>
    public static void Substitute(SubstituteArguments a)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ReductionKernels.MaxThreads);
        ArrayView<float> x = a.X;
        int start = Grid.IdxX * a.Size;
        for (int step = 0; step < a.Size; step++)
        {
            int row = a.IsTransposed != 0 ? a.Size - 1 - step : step;
            double sum = 0;
            for (int i = Group.IdxX; i < step; i += Group.DimX)
            {
                int column = a.IsTransposed != 0 ? a.Size - 1 - i : i;
                int at = a.IsTransposed != 0 ? column * a.Size + row : row * a.Size + column;
                sum += (double)a.Factor[at] * x[start + column];
            }

            double known = ReductionKernels.OfGroup(shared, sum);
            if (Group.IdxX == 0)
            {
                x[start + row] = (float)((a.B[start + row] - known) / a.Factor[row * a.Size + row]);
            }

            Group.Barrier();
        }
    }

    public static void StepLength(GradientStepArguments a)
    {
        ArrayView<double> scalars = a.Scalars;
        double curvature = Sum(a);
        scalars[0] = curvature == 0 ? 0 : a.State[0] / curvature;
        scalars[1] = curvature;
    }

    /// <summary>s += αp, r −= αGp, and partial sums of ‖r‖².</summary>
    public static void Advance(GradientStepArguments a)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ReductionKernels.MaxThreads);
        ArrayView<float> solution = a.Solution;
        ArrayView<float> residual = a.Residual;
        ArrayView<double> partials = a.Partials;
        float alpha = (float)a.Scalars[0];
        double squares = 0;
        for (int i = Grid.GlobalIndex.X; i < solution.IntLength; i += Grid.DimX * Group.DimX)
        {
            solution[i] += alpha * a.Direction[i];
            float next = residual[i] - alpha * a.Image[i];
            residual[i] = next;
            squares += (double)next * next;
        }

        double total = ReductionKernels.OfGroup(shared, squares);
        if (Group.IdxX == 0)
        {
            partials[Grid.IdxX] = total;
        }
    }

    public static void NextState(GradientStepArguments a)
    {
        ArrayView<double> scalars = a.Scalars;
        ArrayView<float> state = a.State;
        if (scalars[1] != 0)
        {
            double next = Sum(a);
            scalars[0] = next / state[0];
            state[0] = (float)next;
        }
    }

    /// <summary>p = r + βp.</summary>
    public static void Turn(GradientStepArguments a)
    {
        if (a.Scalars[1] == 0)
        {
            return;
        }

        ArrayView<float> direction = a.Direction;
        float beta = (float)a.Scalars[0];
        for (int i = Grid.GlobalIndex.X; i < direction.IntLength; i += Grid.DimX * Group.DimX)
        {
            direction[i] = a.Residual[i] + beta * direction[i];
        }
    }

    private static double Sum(GradientStepArguments a)
    {
        double sum = 0;
        for (int group = 0; group < a.Groups; group++)
        {
            sum += a.Partials[group];
        }

        return sum;
    }
}
