using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Cli.Laplace;

/// <summary>Reads what <c>--operator</c>, <c>--mask</c> and <c>--kernels</c> describe.</summary>
internal static class OperatorInput
{
    /// <summary>The rows and columns of anchors of the generated kernels.</summary>
    private const int GeneratedAnchors = 4;

    /// <summary>Returns the operator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="kernelSize">The rows and columns of generated kernels.</param>
    /// <exception cref="InputException">Options do not belong together, or a file cannot be used.</exception>
    public static LaplaceOperator Read(OperatorOptions options, int kernelSize)
    {
        CheckTogether(options);
        return options.Kind switch
        {
            OperatorKind.Masked => Masked(options.Mask ?? OperatorOptions.DefaultMask),
            OperatorKind.Varying => LaplaceOperator.Varying(ReadField(options.Kernels, kernelSize)),
            _ => LaplaceOperator.Blur,
        };
    }

    /// <summary>The kernels of a varying blur: those of a folder, or generated ones.</summary>
    /// <param name="kernels">The folder, or <see cref="OperatorOptions.GeneratedField"/>; null for that.</param>
    /// <param name="kernelSize">The rows and columns of generated kernels.</param>
    /// <exception cref="InputException">A file cannot be used.</exception>
    public static KernelField ReadField(string? kernels, int kernelSize) =>
        kernels is null or OperatorOptions.GeneratedField
            ? KernelField.Field(GeneratedAnchors, GeneratedAnchors, kernelSize)
            : ReadKernels(kernels);

    /// <summary>The kernel for reports: that of a blur, or what describes those of a varying one.</summary>
    public static string KernelName(OperatorOptions options, LaplaceSettings settings) =>
        options.Kind == OperatorKind.Varying
            ? options.Kernels ?? OperatorOptions.GeneratedField
            : settings.Kernel.Name;

    private static void CheckTogether(OperatorOptions options)
    {
        if (options.Mask is not null && options.Kind != OperatorKind.Masked)
        {
            throw Unusable("mask", "needs --operator masked: add it, or remove --mask");
        }

        if (options.Kernels is not null && options.Kind != OperatorKind.Varying)
        {
            throw Unusable("kernels", "needs --operator varying: add it, or remove --kernels");
        }

        if (options.Kernel is not null && options.Kind == OperatorKind.Varying)
        {
            throw Unusable(
                "kernel", "a varying blur has many kernels: remove --kernel, or name a folder with --kernels");
        }
    }

    private static LaplaceOperator Masked(string text)
    {
        if (text.StartsWith(Mask.RandomPrefix, StringComparison.Ordinal))
        {
            return LaplaceOperator.Masked(Mask.ParseFraction(text));
        }

        PlanarImage image = About("mask", () =>
            Path.GetExtension(text).Equals(".npy", StringComparison.OrdinalIgnoreCase)
                ? NpyFile.Read(text)
                : ImageFile.Read(text));
        return image.Shape.C == 1
            ? LaplaceOperator.Masked(Mask.FromValues(image.Shape.H, image.Shape.W, image.Values, text))
            : throw Unusable(
                "mask",
                $"'{text}' has {image.Shape.C} channels: give an array (height, width) or a grey picture, which is " +
                "used for every channel");
    }

    private static KernelField ReadKernels(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw Unusable(
                "kernels",
                $"'{folder}' is not a folder: give a folder of CSV files, or {OperatorOptions.GeneratedField}");
        }

        string[] files =
        [
            .. Directory.EnumerateFiles(folder)
                .Where(file => Path.GetExtension(file).Equals(".csv", StringComparison.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal),
        ];
        int side = (int)Math.Round(Math.Sqrt(files.Length));
        if (files.Length == 0)
        {
            throw Unusable("kernels", $"'{folder}' has no kernels: put CSV files into it, one for each anchor");
        }

        if (side * side != files.Length)
        {
            throw Unusable(
                "kernels",
                $"'{folder}' has {files.Length} CSV files, which is not a square number: give one for each anchor of " +
                "a square grid, such as 4 or 9");
        }

        return About("kernels", () => new KernelField([.. files.Select(BlurKernel.FromCsv)], side));
    }

    /// <summary>Calls the library, and names the option in its errors.</summary>
    private static T About<T>(string option, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (InputException failure)
        {
            throw new InputException(failure.Message, failure) { Parameter = option };
        }
    }

    private static InputException Unusable(string option, string message) => new(message) { Parameter = option };
}
