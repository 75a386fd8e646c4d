using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// The ops at sizes for timing: images of 2048² for memory-bound ops, layers of the paper's networks, and the blur of
/// the experiments.
/// </summary>
internal static class LargeCases
{
    private static readonly Shape Image = Shape.Matrix(2048, 2048);

    public static IEnumerable<OpCase> All() =>
        [.. Elementwise(), .. Convolutions(), .. Operators(), .. LinearAlgebra()];

    private static IEnumerable<OpCase> Elementwise()
    {
        yield return ElementwiseCases.Binary("copy", Image, (d, x, y, r) => d.Copy(x, r), (x, y) => x);
        yield return ElementwiseCases.Binary(
            "combine", Image, (d, x, y, r) => d.Combine(0.7f, x, -1.3f, y, r), (x, y) => 0.7f * x - 1.3f * y);
        yield return ElementwiseCases.Binary("relu", Image, (d, x, y, r) => d.Relu(x, r), (x, y) => Math.Max(x, 0));
        yield return ElementwiseCases.ReflectedSoftThreshold(Image);
        yield return ReductionCases.Reduction(
            "dot", (int)Image.Count, (d, x, y, r) => d.Dot(x, y, r), (x, y) => x * y);
        yield return ReductionCases.IterateSums((int)Image.Count);
        yield return TrainingCases.Adam((int)Image.Count, step: 50);
    }

    private static IEnumerable<OpCase> Convolutions() =>
    [
        .. Conv2dCases.Same(new Shape(1, 32, 128, 128), 64, kernel: 4, stride: 1, Boundary.Periodic),
        .. Conv2dCases.Same(new Shape(1, 48, 64, 64), 128, kernel: 4, stride: 1, Boundary.Zero),
        .. Conv2dCases.Same(new Shape(16, 32, 14, 14), 64, kernel: 5, stride: 2, Boundary.Zero),
        .. PixelShuffleCases.Of(new Shape(1, 3, 512, 512), factor: 4),
    ];

    private static IEnumerable<OpCase> Operators() =>
    [
        .. BlurCases.Of(Shape.Matrix(512, 512), 9, 9, stride: 4, rank: 1),
        .. BlurCases.Of(Shape.Matrix(512, 512), 9, 9, stride: 1, rank: 0),
        FourierCases.Forward(Shape.Matrix(512, 512)),
        FourierCases.Inverse(Shape.Matrix(512, 512)),
        FourierCases.Forward(Shape.Matrix(1000, 1000)),
        FourierCases.Inverse(Shape.Matrix(1000, 1000)),
    ];

    private static IEnumerable<OpCase> LinearAlgebra() =>
    [
        MatMulCases.Product(512, 512, 512),
        LinearAlgebraCases.Triangular(1024, systems: 1, transposed: false),
        LinearAlgebraCases.ConjugateGradientStep((int)Shape.Matrix(512, 512).Count),
    ];
}
