using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Cubic convolution aligned to the sampling grid; nothing to tune.</summary>
public sealed class BicubicMethod : RestorationMethod
{
    /// <inheritdoc/>
    public override string Name => RestorationMethods.Bicubic;

    /// <inheritdoc/>
    public override Restorer Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new Interpolation(linearOperator, y);

    private sealed class Interpolation(TaskOperator linearOperator, Tensor y) : Restorer
    {
        public override void Restore(Tensor x, Action<Tensor>? iterate) =>
            x.Device.Upload(linearOperator.Interpolate(y), x);
    }
}

/// <summary>The Wiener filter.</summary>
/// <param name="task">Gives the weight that the search starts from.</param>
public sealed class WienerMethod(ImageTask task) : RestorationMethod
{
    private const string Weight = "weight";

    /// <inheritdoc/>
    public override string Name => RestorationMethods.Wiener;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; } =
        new Dictionary<string, double> { [Weight] = task.WienerWeight };

    /// <inheritdoc/>
    public override Restorer Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new Filter(new WienerFilter(linearOperator, y, parameters[Weight]));

    private sealed class Filter(WienerFilter filter) : Restorer
    {
        public override void Restore(Tensor x, Action<Tensor>? iterate)
        {
            filter.MeasurementChanged();
            filter.Apply(x);
        }

        public override void Dispose()
        {
            filter.Dispose();
            base.Dispose();
        }
    }
}

/// <summary>Total variation by ADMM with the exact z-update.</summary>
/// <param name="task">Gives the parameters that the search starts from.</param>
/// <param name="iterations">Of ADMM; null for as many as suffice.</param>
public sealed class TotalVariationMethod(ImageTask task, int? iterations) : RestorationMethod
{
    private const string Weight = "weight";
    private const string Rho = "rho";
    private const int Enough = 30;
    private const int InnerSteps = 10;

    /// <inheritdoc/>
    public override string Name => RestorationMethods.TotalVariation;

    /// <inheritdoc/>
    public override int Iterations { get; } = iterations ?? Enough;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>
    {
        [Weight] = Start(task).Weight,
        [Rho] = Start(task).Rho,
    };

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Fixed { get; } =
        new Dictionary<string, double> { ["inner_steps"] = InnerSteps };

    /// <inheritdoc/>
    public override Restorer Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new Loop(new TotalVariationAdmm(
            linearOperator, y, parameters[Weight], parameters[Rho], Iterations, InnerSteps));

    /// <summary>The best on training images: MNIST's for the digits, else those of CUB-200-2011.</summary>
    private static (double Weight, double Rho) Start(ImageTask task) => task.Name switch
    {
        ImageTask.Deblurring => (3e-3, 0.03),
        ImageTask.Colorization => (1.2e-4, 0.1),
        _ => (3.5e-4, 0.06),
    };

    private sealed class Loop(TotalVariationAdmm loop) : Restorer
    {
        public override void Restore(Tensor x, Action<Tensor>? iterate) => loop.Restore(x, iterate);

        public override void Dispose()
        {
            loop.Dispose();
            base.Dispose();
        }
    }
}
