using ILGPU;
using ILGPU.Runtime;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Sums in double: each thread sums with the stride of the grid, a tree in shared memory forms one partial sum per
/// group, and one thread adds these in order. Deterministic on a given accelerator. Bound by memory.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <summary>The largest number of partial sums of each kind.</summary>
    private const int MaxPartials = 256;

    private MemoryBuffer1D<double, Stride1D.Dense>? _partials;

    /// <inheritdoc/>
    protected override void DotCore(Tensor x, Tensor y, Tensor result) => Reduce<DotTerm>(x, y, result);

    /// <inheritdoc/>
    protected override void SumOfMagnitudesCore(Tensor x, Tensor result) => Reduce<MagnitudeTerm>(x, x, result);

    /// <inheritdoc/>
    protected override void SquaredDistanceCore(Tensor x, Tensor y, Tensor result) => Reduce<SquareTerm>(x, y, result);

    /// <inheritdoc/>
    protected override void AbsoluteDistanceCore(Tensor x, Tensor y, Tensor result) =>
        Reduce<DistanceTerm>(x, y, result);

    /// <inheritdoc/>
    protected override void IterateSumsCore(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums)
    {
        KernelConfig config = PartialSums(x.Count);
        ArrayView<double> partials = Partials();
        Launch(ReductionKernels.IterateSums, config,
            new IterateArguments(View(x), View(z), View(previousZ), View(q), partials));
        Finish(config, partials, View(sums), IterateSumCount);
    }

    /// <inheritdoc/>
    protected override void StoppingTestCore(Tensor sums, Tensor rule, Tensor verdict) =>
        Launch(ReductionKernels.StoppingTest, new KernelConfig(1, 1),
            new StoppingArguments(View(sums), View(rule), View(verdict)));

    private void Reduce<TTerm>(Tensor x, Tensor y, Tensor result)
        where TTerm : struct, IReductionTerm
    {
        KernelConfig config = PartialSums(x.Count);
        ArrayView<double> partials = Partials();
        Launch(ReductionKernels.Partial<TTerm>, config, new ReduceArguments(View(x), View(y), partials));
        Finish(config, partials, View(result), 1);
    }

    private void Finish(KernelConfig config, ArrayView<double> partials, ArrayView<float> result, int sums) =>
        Launch(ReductionKernels.Finish, new KernelConfig(1, 1),
            new FinishArguments(partials, result, config.GridDim.X, sums));

    private KernelConfig PartialSums(long count)
    {
        KernelConfig config = Elements(count);
        return new KernelConfig(Math.Min(config.GridDim.X, MaxPartials), config.GroupDim.X);
    }

    /// <summary>Memory for seven partial sums per group, allocated once.</summary>
    private ArrayView<double> Partials()
    {
        _partials ??= Guarded(() => Accelerator.Allocate1D<double>(IterateSumCount * MaxPartials));
        return _partials.View;
    }
}

internal readonly record struct ReduceArguments(ArrayView<float> X, ArrayView<float> Y, ArrayView<double> Partials);

internal readonly record struct IterateArguments(
    ArrayView<float> X, ArrayView<float> Z, ArrayView<float> PreviousZ, ArrayView<float> Q, ArrayView<double> Partials);

internal readonly record struct FinishArguments(
    ArrayView<double> Partials, ArrayView<float> Result, int Groups, int Sums);

internal readonly record struct StoppingArguments(
    ArrayView<float> Sums, ArrayView<float> Rule, ArrayView<float> Verdict);

/// <summary>The function whose values a reduction sums.</summary>
internal interface IReductionTerm
{
    /// <summary>The term for the elements x and y.</summary>
    double Of(float x, float y);
}

internal readonly struct DotTerm : IReductionTerm
{
    public double Of(float x, float y) => (double)x * y;
}

internal readonly struct MagnitudeTerm : IReductionTerm
{
    public double Of(float x, float y) => x < 0 ? -x : x;
}

internal readonly struct SquareTerm : IReductionTerm
{
    public double Of(float x, float y)
    {
        double difference = (double)x - y;
        return difference * difference;
    }
}

internal readonly struct DistanceTerm : IReductionTerm
{
    public double Of(float x, float y)
    {
        double difference = (double)x - y;
        return difference < 0 ? -difference : difference;
    }
}

internal static class ReductionKernels
{
    /// <summary>The largest number of threads in a group.</summary>
    public const int MaxThreads = 256;

    public static void Partial<TTerm>(ReduceArguments a)
        where TTerm : struct, IReductionTerm
    {
        TTerm term = default;
        double sum = 0;
        for (int i = Grid.GlobalIndex.X; i < a.X.IntLength; i += Grid.DimX * Group.DimX)
        {
            sum += term.Of(a.X[i], a.Y[i]);
        }

        ArrayView<double> shared = SharedMemory.Allocate<double>(MaxThreads);
        double total = OfGroup(shared, sum);
        if (Group.IdxX == 0)
        {
            a.Partials[Grid.IdxX] = total;
        }
    }

    /// <summary>The partial sums of kind s start at s·groups.</summary>
    public static void IterateSums(IterateArguments a)
    {
        double primal = 0;
        double dual = 0;
        double multiplier = 0;
        double squareX = 0;
        double squareZ = 0;
        double magnitudeX = 0;
        double magnitudeZ = 0;
        for (int i = Grid.GlobalIndex.X; i < a.X.IntLength; i += Grid.DimX * Group.DimX)
        {
            double x = a.X[i];
            double z = a.Z[i];
            double change = z - a.PreviousZ[i];
            double w = a.Q[i] - z;
            primal += (x - z) * (x - z);
            dual += change * change;
            multiplier += w * w;
            squareX += x * x;
            squareZ += z * z;
            magnitudeX += x < 0 ? -x : x;
            magnitudeZ += z < 0 ? -z : z;
        }

        ArrayView<double> shared = SharedMemory.Allocate<double>(MaxThreads);
        Store(a.Partials, 0, OfGroup(shared, primal));
        Store(a.Partials, 1, OfGroup(shared, dual));
        Store(a.Partials, 2, OfGroup(shared, multiplier));
        Store(a.Partials, 3, OfGroup(shared, squareX));
        Store(a.Partials, 4, OfGroup(shared, squareZ));
        Store(a.Partials, 5, OfGroup(shared, magnitudeX));
        Store(a.Partials, 6, OfGroup(shared, magnitudeZ));
    }

    public static void Finish(FinishArguments a)
    {
        for (int s = 0; s < a.Sums; s++)
        {
            double sum = 0;
            for (int group = 0; group < a.Groups; group++)
            {
                sum += a.Partials[s * a.Groups + group];
            }

            a.Result[s] = (float)sum;
        }
    }

    /// <summary>
    /// 1 if both residuals are within their limits. NaN is tested for explicitly and the verdict is set by a branch: in
    /// ILGPU's OpenCL code a comparison with NaN may be true, and a boolean cast to float keeps its bits.
    /// </summary>
    public static void StoppingTest(StoppingArguments a)
    {
        double twoRho = 2.0 * a.Rule[0];
        float larger = float.IsNaN(a.Sums[3]) || a.Sums[3] > a.Sums[4] ? a.Sums[3] : a.Sums[4];
        double primal = Root(a.Sums[0]);
        double dual = twoRho * Root(a.Sums[1]);
        double primalLimit = a.Rule[1] + a.Rule[2] * Root(larger);
        double dualLimit = a.Rule[1] + a.Rule[2] * twoRho * Root(a.Sums[2]);
        bool isNumber = !double.IsNaN(primal + primalLimit + dual + dualLimit);
        a.Verdict[0] = 0;
        if (isNumber && primal <= primalLimit && dual <= dualLimit)
        {
            a.Verdict[0] = 1;
        }
    }

    /// <summary>
    /// The sum over the threads of a group, whose number is a power of two. All threads must call it; all get the sum.
    /// </summary>
    public static double OfGroup(ArrayView<double> shared, double value)
    {
        Group.Barrier();
        shared[Group.IdxX] = value;
        Group.Barrier();
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] += shared[Group.IdxX + half];
            }

            Group.Barrier();
        }

        return shared[0];
    }

    private static void Store(ArrayView<double> partials, int kind, double sum)
    {
        if (Group.IdxX == 0)
        {
            partials[kind * Grid.DimX + Grid.IdxX] = sum;
        }
    }

    private static double Root(double square) => Math.Sqrt(square);
}
