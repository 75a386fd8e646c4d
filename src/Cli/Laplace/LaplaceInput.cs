using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>
/// Creates the problem of <c>laplace</c>: drawn from its prior, or posed for the user's own measurement.
/// </summary>
internal static class LaplaceInput
{
    /// <summary>For smaller values, 1/ρ and σ²/ρ exceed the range of float32.</summary>
    public const double SmallestRho = 1e-30;

    /// <summary>For larger values, products with ρ exceed the range of float32.</summary>
    public const double LargestRho = 1e30;

    /// <summary>The preset with the changes that the options make.</summary>
    public static LaplaceSettings Settings(LaplaceOptions options)
    {
        if (options.Y is not null && (options.Operator.Size is not null || options.Density is not null))
        {
            string unused = options.Operator.Size is not null ? "--size" : "--density";
            throw new InputException($"{unused} applies to a synthetic problem only: remove it when --y is given");
        }

        LaplaceSettings settings = Settings(options.Operator);
        return settings with
        {
            Sigma = options.Sigma ?? settings.Sigma,
            Scale = options.Scale ?? settings.Scale,
            Density = options.Density ?? settings.Density,
            Iterations = options.Iterations ?? settings.Iterations,
        };
    }

    /// <summary>The preset with another operator.</summary>
    public static LaplaceSettings Settings(OperatorOptions options)
    {
        LaplaceSettings preset = LaplaceSettings.Presets[options.Preset];
        if (options.Rho < SmallestRho)
        {
            throw new InputException(
                $"--rho {options.Rho} is too small for single precision: it must be at least {SmallestRho}");
        }

        if (options.Rho > LargestRho)
        {
            throw new InputException(
                $"--rho {options.Rho} is too large for single precision: it must be at most {LargestRho}");
        }

        // First, because it checks whether the options belong together.
        LaplaceOperator linearOperator = OperatorInput.Read(options, preset.Kernel.Height);
        return preset with
        {
            Size = options.Size ?? preset.Size,
            Stride = options.Stride ?? preset.Stride,
            Kernel = options.Kernel is { } kernel ? BlurKernel.Parse(kernel) : preset.Kernel,
            Boundary = options.Boundary,
            Operator = linearOperator,
            Rho = options.Rho ?? preset.Rho,
        };
    }

    /// <summary>Draws the problem, or reads its measurement.</summary>
    public static LaplaceProblem Create(Device device, LaplaceSettings settings, LaplaceOptions options, ulong seed) =>
        options.Y is { } file ? Read(device, settings, options, file, seed) : Draw(device, settings, options, seed);

    private static LaplaceProblem Draw(Device device, LaplaceSettings settings, LaplaceOptions options, ulong seed)
    {
        MemoryNeed.Check($"--size {settings.Size}", "--size", 1, settings.Size, settings.Size, Solvers(options));
        return LaplaceProblem.Draw(device, settings, seed);
    }

    private static LaplaceProblem Read(
        Device device, LaplaceSettings settings, LaplaceOptions options, string file, ulong seed)
    {
        bool isArray = Path.GetExtension(file).Equals(".npy", StringComparison.OrdinalIgnoreCase);
        PlanarImage measured = isArray ? NpyFile.Read(file) : ImageFile.Read(file);
        MemoryNeed.Check(
            $"'{file}' at --stride {settings.Stride}", "measurement or stride", measured.Shape.C,
            (long)measured.Shape.H * settings.Stride, (long)measured.Shape.W * settings.Stride, Solvers(options));
        ILinearOperator linearOperator = settings.CreateOperator(
            device, settings.ImageOf(measured.Shape).Validated(), seed);
        (linearOperator as MaskedBlur)?.Mask.ClearMissing(measured.Values);
        Tensor y = device.Allocate(measured.Shape, measured.Values);
        return new LaplaceProblem(linearOperator, y, null, settings.Sigma, settings.Scale);
    }

    private static int Solvers(LaplaceOptions options) => options.Solvers?.Count ?? ZSolvers.All.Count;
}
