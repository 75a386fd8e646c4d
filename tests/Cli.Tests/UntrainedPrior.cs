using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Cli.Tests;

/// <summary>Priors of random weights and two steps, which restore fast, and are not marked as untrained.</summary>
internal static class UntrainedPrior
{
    /// <summary>Writes the prior of a task, unless the file exists.</summary>
    /// <returns>The file.</returns>
    public static string WriteTo(string file, string taskName, ulong seed = 3)
    {
        if (File.Exists(file))
        {
            return file;
        }

        const int Steps = 2;
        ImageTask task = ImageTasks.Find(taskName);
        int channels = task.Channels ?? 3;
        using var device = CpuDevice.Create(1);
        using var network = new PriorNetwork(device, task, channels, PriorArchitecture.Default, Steps);
        network.Initialize(seed);
        var options = new PriorTrainingOptions(task, PriorArchitecture.Default, new Shape(1, channels, 16, 16));
        PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0).Save(file);
        return file;
    }
}
