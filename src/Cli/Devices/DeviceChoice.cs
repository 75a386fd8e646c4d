using System.Globalization;
using System.Text.RegularExpressions;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Devices;

/// <summary>
/// Chooses the device once, at the start, and reports the choice. <c>auto</c> skips backends that cannot run. There is
/// no later fallback, and a device that is named but cannot run is an error.
/// </summary>
internal static partial class DeviceChoice
{
    /// <summary>The name of the best backend that runs.</summary>
    public const string Auto = "auto";

    /// <summary>Returns what is wrong with a value of <c>--device</c>; null if it is valid.</summary>
    public static string? CheckName(string name) =>
        NamePattern().IsMatch(name) ? null : "must be auto, cpu, cuda or ilgpu[:cpu|:cuda|:opencl[:n]]";

    /// <summary>Creates the device that the options ask for. The caller owns it.</summary>
    /// <exception cref="InputException">The device is not available.</exception>
    public static Device Create(CommonOptions options, CommandOutput output) =>
        Create(options, output, Backends.All);

    /// <summary>
    /// Like <see cref="Create(CommonOptions, CommandOutput)"/>, for processes that compute together: on processors, or each on
    /// the GPU that has its number among the processes of its machine.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="output">Receives the choice.</param>
    /// <param name="group">The processes.</param>
    /// <param name="sameBits">
    /// Whether results must have the same bits in all processes, so that no algorithm is chosen by its time.
    /// </param>
    /// <exception cref="InputException">The device is not available, or several processes cannot use it.</exception>
    public static Device Create(CommonOptions options, CommandOutput output, ProcessGroup group, bool sameBits)
    {
        IReadOnlyList<Backend> backends = sameBits ? Backends.SameBits : Backends.All;
        if (group.Size == 1)
        {
            return Create(options, output, backends);
        }

        if (options.Device == Auto)
        {
            output.Note("several processes: on processors; --device cuda gives each a GPU");
        }

        return options.Device switch
        {
            Auto or "cpu" => Create(options, output, [backends.Single(backend => backend.Name == "cpu")]),
            "cuda" => OwnGpu(options, output, group, backends.Single(backend => backend.Name == "cuda")),
            _ => throw new InputException(
                $"--device {options.Device}: several processes train together on processors or with CUDA: use --device cpu or " +
                "--device cuda, or start a single process"),
        };
    }

    /// <summary>Like <see cref="Create(CommonOptions, CommandOutput)"/>, with a given list of backends.</summary>
    public static Device Create(CommonOptions options, CommandOutput output, IReadOnlyList<Backend> backends)
    {
        return options.Device == Auto ? Best(options, output, backends) : Named(options, output, backends);
    }

    private static Device Best(CommonOptions options, CommandOutput output, IReadOnlyList<Backend> backends)
    {
        var refusals = new List<string>();
        foreach (Backend backend in backends)
        {
            ProbeResult probe = backend.Probe(null);
            if (probe is not { Available: true, Reason: null })
            {
                refusals.Add($"not {backend.Name}: {probe.Reason}");
                continue;
            }

            try
            {
                Device device = backend.Create(null, options);
                refusals.ForEach(output.Note);
                output.Note($"device: {backend.Name} ({probe.Description})");
                return device;
            }
            catch (DeviceException failure)
            {
                refusals.Add($"not {backend.Name}: {failure.Message}");
            }
        }

        throw new InputException($"--device auto: no backend runs here; {string.Join("; ", refusals)}");
    }

    private static Device OwnGpu(CommonOptions options, CommandOutput output, ProcessGroup group, Backend cuda)
    {
        string part = group.LocalRank.ToString(CultureInfo.InvariantCulture);
        ProbeResult probe = cuda.Probe(part);
        if (!probe.Available)
        {
            throw new InputException(
                $"--device cuda cannot run in {group.LocalSize} processes on this machine, where process {group.Rank} takes GPU " +
                $"{part}: {probe.Reason}; start no more processes on a machine than it has GPUs, and let each see all of them");
        }

        output.Note($"device: {options.Device}, one for each of {group.Size} processes ({probe.Description})");
        return cuda.Create(part, options);
    }

    private static Device Named(CommonOptions options, CommandOutput output, IReadOnlyList<Backend> backends)
    {
        string[] parts = options.Device.Split(':', 2);
        string? part = parts.Length > 1 ? parts[1] : null;
        Backend backend = backends.FirstOrDefault(candidate => candidate.Name == parts[0])
            ?? throw new InputException($"--device {options.Device}: this build has no {parts[0]} backend; it has " +
                string.Join(", ", backends.Select(candidate => candidate.Name)));
        ProbeResult probe = backend.Probe(part);
        if (!probe.Available)
        {
            throw new InputException(
                $"--device {options.Device} cannot run: {probe.Reason}; 'infadmm devices' lists the devices that can");
        }

        output.Note($"device: {options.Device} ({probe.Description})");
        return backend.Create(part, options);
    }

    [GeneratedRegex("^(auto|cpu|cuda|ilgpu(:(cpu|cuda|opencl)(:[0-9]{1,3})?)?)$")]
    private static partial Regex NamePattern();
}
