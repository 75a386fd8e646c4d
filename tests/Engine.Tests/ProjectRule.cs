namespace InfAdmm.Engine.Tests;

/// <summary>What a project below src may depend on.</summary>
internal sealed record ProjectRule(string Name)
{
    /// <summary>The file, below src.</summary>
    public required string File { get; init; }

    /// <summary>The projects it may refer to.</summary>
    public string[] Projects { get; init; } = [];

    /// <summary>The packages it uses.</summary>
    public string[] Packages { get; init; } = [];

    /// <summary>Its folders with sources, each knowing only those before it; "." is the project's own folder.</summary>
    public string[] Folders { get; init; } = ["."];

    public static IReadOnlyList<ProjectRule> All { get; } =
    [
        new("Engine")
        {
            File = "Engine/InfAdmm.Engine.csproj",
            Folders = [".", "Inference"],
        },
        new("Kernels/Cpu")
        {
            File = "Kernels/Cpu/InfAdmm.Kernels.Cpu.csproj",
            Projects = ["Engine"],
            Folders =
            [
                "Simd", "Common", ".", "Elementwise", "Reductions", "Layout", "Blur", "Fourier", "Training",
                "Convolution/Planar", "Convolution/Blocked", "Convolution", "LinearAlgebra", "Inference",
            ],
        },
        new("Kernels/Cuda")
        {
            File = "Kernels/Cuda/InfAdmm.Kernels.Cuda.csproj",
            Projects = ["Engine"],
            Folders = ["Interop", ".", "Convolutions", "Inference"],
        },
        new("Kernels/Ilgpu")
        {
            File = "Kernels/Ilgpu/InfAdmm.Kernels.Ilgpu.csproj",
            Projects = ["Engine"],
            Packages = ["ILGPU"],
        },
        new("Mpi")
        {
            File = "Mpi/InfAdmm.Mpi.csproj",
            Projects = ["Engine"],
        },
        new("Storage")
        {
            File = "Storage/InfAdmm.Storage.csproj",
            Projects = ["Engine"],
            Packages = ["Mono.Unix"],
        },
        new("Nn")
        {
            File = "Nn/InfAdmm.Nn.csproj",
            Projects = ["Engine", "Storage"],
            Packages = ["System.Numerics.Tensors"],
            Folders = ["Autograd", "Layers", "Optimizers", "Weights", "Networks", "Onnx", "Features"],
        },
        new("Solvers")
        {
            File = "Solvers/InfAdmm.Solvers.csproj",
            Projects = ["Engine", "Storage", "Nn"],
            Packages = ["MathNet.Numerics", "System.Numerics.Tensors"],
            Folders = ["Operators", "Proximal", "Inverse", "ZUpdate", "LearnedOperator", ".", "Onnx", "Laplace"],
        },
        new("Imaging")
        {
            File = "Imaging/InfAdmm.Imaging.csproj",
            Projects = ["Engine", "Storage", "Nn", "Solvers"],
            Packages = ["SixLabors.ImageSharp"],
            Folders = ["Metrics", "Files", "Datasets", "Tasks", "Priors", "Restoration", "Evaluation"],
        },
        new("NativeApi")
        {
            File = "NativeApi/InfAdmm.NativeApi.csproj",
            Projects = ["Engine", "Storage", "Nn", "Solvers", "Imaging", "Kernels/Cpu"],
        },
        new("Cli")
        {
            File = "Cli/InfAdmm.Cli.csproj",
            Projects =
            [
                "Engine", "Storage", "Mpi", "Nn", "Solvers", "Imaging", "Kernels/Cpu", "Kernels/Cuda", "Kernels/Ilgpu",
            ],
            Packages =
            [
                "ScottPlot", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies", "Spectre.Console",
                "System.CommandLine",
            ],
            Folders =
            [
                ".", "Terminal", "Options", "Devices", "Figures", "Html", "Laplace", "Explain", "TrainInverse",
                "TrainPrior", "Evaluate", "Degrade", "Archives", "Restore", "Streaming", "LearnOperator", "Export",
            ],
        },
    ];

    /// <summary>
    /// The files that use a folder to their right, and why: a contract names what it returns, and what puts the parts
    /// together knows them.
    /// </summary>
    public static IReadOnlyDictionary<string, string[]> Exceptions { get; } = new Dictionary<string, string[]>
    {
        // The device's contract includes compiling a network, and partial classes hand each op to its own folder.
        ["Engine/Device.cs"] = ["Engine/Inference"],
        ["Kernels/Cpu/CpuDevice.cs"] = ["Kernels/Cpu/Inference"],
        ["Kernels/Cuda/CudaDevice.Compile.cs"] = ["Kernels/Cuda/Inference"],
        ["Kernels/Cuda/CudaDevice.Convolutions.cs"] = ["Kernels/Cuda/Convolutions"],
        ["Kernels/Cuda/CudaDevice.Libraries.cs"] = ["Kernels/Cuda/Convolutions"],

        // The program puts the commands together: their options, their reports, and what they all share.
        ["Cli/Program.cs"] = ["Cli/Terminal"],
        ["Cli/Application.cs"] = ["Cli/Terminal"],
        ["Cli/CommandRunner.cs"] = ["Cli/Terminal", "Cli/Options"],
        ["Cli/CommonOptions.cs"] = ["Cli/Options", "Cli/Devices"],
        ["Cli/CommandTree.cs"] =
        [
            "Cli/Terminal", "Cli/Options", "Cli/Devices", "Cli/Laplace", "Cli/Explain", "Cli/TrainInverse",
            "Cli/TrainPrior", "Cli/Evaluate", "Cli/Degrade", "Cli/Restore", "Cli/Streaming", "Cli/LearnOperator",
            "Cli/Export",
        ],
        ["Cli/ReportJson.cs"] =
        [
            "Cli/Devices", "Cli/Laplace", "Cli/Explain", "Cli/TrainInverse", "Cli/TrainPrior", "Cli/Evaluate",
            "Cli/Degrade", "Cli/Archives", "Cli/Restore", "Cli/Streaming", "Cli/LearnOperator", "Cli/Export",
        ],
    };

    /// <summary>The project that a folder below src belongs to.</summary>
    public static ProjectRule Of(string folder) =>
        All.First(rule => folder == rule.Name || folder.StartsWith($"{rule.Name}/", StringComparison.Ordinal));

    /// <summary>Whether files of a folder may use what those of another declare; both below src.</summary>
    public static bool MayUse(string folder, string other)
    {
        ProjectRule rule = Of(folder);
        ProjectRule otherRule = Of(other);
        return rule == otherRule
            ? rule.PlaceOf(other) <= rule.PlaceOf(folder)
            : rule.Projects.Contains(otherRule.Name);
    }

    private int PlaceOf(string folder)
    {
        int place = Array.IndexOf(Folders, Path.GetRelativePath(Name, folder).Replace('\\', '/'));
        return place >= 0
            ? place
            : throw new InvalidOperationException($"{folder} has no place in the order of {Name}");
    }
}
