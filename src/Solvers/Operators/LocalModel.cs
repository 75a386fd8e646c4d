using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// An operator whose A Aᵀ couples only nearby measurements: blurs at anchors, a stride and perhaps a mask. It says what
/// an inverse of ρI + A Aᵀ by small filters depends on, whatever the size of the image.
/// </summary>
/// <param name="Field">The kernels at their anchors; a single one for a blur that does not vary.</param>
/// <param name="Stride">The distance between measured pixels.</param>
/// <param name="Boundary">How the blurs extend an image beyond its edges.</param>
/// <param name="Mask">The measurements that exist; null if none is missing.</param>
public sealed record LocalModel(KernelField Field, int Stride, Boundary Boundary, Mask? Mask = null)
{
    /// <summary>Stands for any mask, in a model to train for.</summary>
    public static Mask AnyMask { get; } = new(1, 1, [true], "any mask");

    /// <summary>The least side of the grid on which spectra are computed.</summary>
    private const int LeastGrid = 64;

    /// <summary>A Aᵀ around each anchor, far from every edge and with no measurement missing.</summary>
    public IReadOnlyList<PeriodicKernel> Grams { get; } =
        [.. Field.Kernels.Select(kernel => PeriodicKernel.Gram(kernel, Stride))];

    /// <summary>
    /// The largest eigenvalue of the <see cref="Grams"/>: what A Aᵀ has too, up to what edges and windows change.
    /// </summary>
    public double LargestEigenvalue =>
        field > 0 ? field : field = Grams.Max(gram => gram.Spectrum(GridSize, GridSize).Max());

    /// <summary>The mean eigenvalue of the <see cref="Grams"/>.</summary>
    public double MeanEigenvalue => Grams.Average(gram => gram.Centre);

    /// <summary>
    /// The periodic convolution closest to A Aᵀ: the mean over all measurements. With a mask, an entry counts only for
    /// pairs of measurements that exist.
    /// </summary>
    public PeriodicKernel AverageGram
    {
        get
        {
            double kept = Mask is null ? 1 : (double)Mask.KeptCount / Mask.Kept.Length;
            double[] values = new double[Grams[0].Values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = kept * kept * Grams.Average(gram => gram.Values[i]);
            }

            values[values.Length / 2] /= kept;
            return Grams[0] with { Values = values };
        }
    }

    /// <summary>The side of a periodic grid on which the <see cref="Grams"/> do not wrap around.</summary>
    internal int GridSize => Math.Max(LeastGrid, 2 * Math.Max(Grams[0].Height, Grams[0].Width));

    /// <summary>
    /// Whether an inverse for the other model can be used for this one: kernels, stride and boundary are the same, and
    /// measurements are missing in both or in neither.
    /// </summary>
    public bool IsLike(LocalModel other) =>
        Stride == other.Stride && Boundary == other.Boundary && Mask is null == other.Mask is null
            && Field.Rows == other.Field.Rows && Field.Kernels.Count == other.Field.Kernels.Count
            && Field.Kernels.Zip(other.Field.Kernels).All(pair => pair.First.IsSameAs(pair.Second));
}
