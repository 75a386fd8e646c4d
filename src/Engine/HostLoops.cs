namespace InfAdmm.Engine;

/// <summary>A symmetric positive definite linear map on tensors of one shape.</summary>
public interface ISymmetricMap
{
    /// <summary>y = G x, into another tensor.</summary>
    void Apply(Tensor x, Tensor y);
}

/// <summary>One step of gradient descent.</summary>
public interface IDescent
{
    /// <summary>next = current − step·gradient(current), into another tensor.</summary>
    void Step(Tensor current, Tensor next);
}

/// <summary>
/// Inner loops that the host controls, for any map: one scalar is read back in each iteration. Both start at the
/// solution that they are given and write (iterations, last ‖residual‖²) to <see cref="InnerLoopWorkspace.Report"/>. No
/// call allocates.
/// </summary>
public static class HostLoops
{
    /// <summary>
    /// A descent has stagnated if its gradient norm is still above this fraction after the whole patience.
    /// </summary>
    private const double Stagnation = 0.7;

    /// <summary>(tolerance·‖rightSide‖)²: the squared residual at which a loop stops.</summary>
    /// <exception cref="ArithmeticException">
    /// ‖rightSide‖² is not finite: a loop would stop at once and return its start as the solution.
    /// </exception>
    public static double SquaredTarget(Tensor rightSide, InnerLoopSpec spec, InnerLoopWorkspace workspace)
    {
        rightSide.Device.Dot(rightSide, rightSide, workspace.SquaredResidual);
        return SquaredTarget(workspace.SquaredResidual.ToScalar(), spec);
    }

    /// <summary>The same for a known ‖rightSide‖².</summary>
    /// <exception cref="ArithmeticException">The square is not finite.</exception>
    public static double SquaredTarget(double square, InnerLoopSpec spec) => double.IsFinite(square)
        ? (double)spec.Tolerance * spec.Tolerance * square
        : throw new ArithmeticException(
            "the right-hand side of an inner loop is not finite, or its square left the range of single precision: " +
            "scale the measurement to values near 1");

    /// <summary>Conjugate gradients (Hestenes and Stiefel 1952) for G s = b.</summary>
    /// <param name="map">The map G.</param>
    /// <param name="target">
    /// The squared residual at which to stop, see <see cref="SquaredTarget(double, InnerLoopSpec)"/>.
    /// </param>
    /// <param name="spec">The iteration limit.</param>
    /// <param name="workspace">Its <see cref="InnerLoopWorkspace.Residual"/> holds b − G s on entry.</param>
    /// <param name="solution">The initial s; receives the result.</param>
    public static void ConjugateGradients<TMap>(
        TMap map, double target, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor solution)
        where TMap : ISymmetricMap
    {
        Device device = solution.Device;
        Tensor residual = workspace.Residual;
        Tensor direction = workspace.Part(1);
        Tensor image = workspace.Part(2);
        Tensor square = workspace.SquaredResidual;
        device.Copy(residual, direction);
        device.Dot(residual, residual, square);
        int iteration = 0;
        while (iteration < spec.MaxIterations && !(square.ToScalar() <= target))
        {
            spec.Cancellation.ThrowIfCancellationRequested();
            map.Apply(direction, image);
            device.ConjugateGradientStep(direction, image, solution, residual, square);
            iteration++;
        }

        device.Fill(iteration, workspace.Iterations);
    }

    /// <summary>
    /// Gradient descent until the gradient is at most <paramref name="target"/>, or has kept more than 0.7 of its norm
    /// over <paramref name="patience"/> iterations: then rounding keeps it from falling further.
    /// </summary>
    /// <param name="descent">Computes one step.</param>
    /// <param name="step">The step size that <paramref name="descent"/> uses.</param>
    /// <param name="target">The norm of the gradient at which to stop.</param>
    /// <param name="patience">The number of iterations between two checks for stagnation.</param>
    /// <param name="spec">The iteration limit.</param>
    /// <param name="workspace">Memory for the iterates.</param>
    /// <param name="solution">The initial value; receives the result.</param>
    public static void Descend<TDescent>(
        TDescent descent, float step, double target, int patience, InnerLoopSpec spec, InnerLoopWorkspace workspace,
        Tensor solution)
        where TDescent : IDescent
    {
        Device device = solution.Device;
        Tensor square = workspace.SquaredResidual;
        Tensor current = solution;
        Tensor previous = workspace.Part(0);
        double checkpoint = double.PositiveInfinity;
        int iteration = 0;
        while (iteration < spec.MaxIterations)
        {
            spec.Cancellation.ThrowIfCancellationRequested();

            // The gradient is the change divided by the step.
            iteration++;
            (current, previous) = (previous, current);
            descent.Step(previous, current);
            device.SquaredDistance(current, previous, square);
            double gradient = Math.Sqrt(square.ToScalar()) / step;
            bool isCheckpoint = iteration % patience == 0;
            if (gradient <= target || (isCheckpoint && gradient > Stagnation * checkpoint))
            {
                break;
            }

            checkpoint = isCheckpoint ? gradient : checkpoint;
        }

        if (current != solution)
        {
            device.Copy(current, solution);
        }

        device.Scale(1 / (step * step), square, square);
        device.Fill(iteration, workspace.Iterations);
    }
}
