using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cuda.Inference;

/// <summary>
/// A network compiled for the GPU; weights are uploaded, algorithms chosen and values placed once. A run is one launch
/// of a CUDA graph, which is recorded for the tensors of the run; the graphs of the last few sets of tensors are kept.
/// Inside recorded work the ops are called one by one and become part of the recording.
/// </summary>
internal sealed class CudaInferencePlan : InferencePlan
{
    /// <summary>The number of sets of tensors for which a graph is kept.</summary>
    private const int MostGraphs = 8;

    private readonly CudaDevice _device;
    private readonly TensorScope _scope;
    private readonly NetworkPlanner _network;
    private readonly List<RecordedRun> _runs = [];

    private CudaInferencePlan(CudaDevice device, NetworkNode output) : base(device, output)
    {
        _device = device;
        _scope = new TensorScope(device);
        try
        {
            _network = new NetworkPlanner(_scope, output);
        }
        catch
        {
            _scope.Dispose();
            throw;
        }

        Description = Describe();
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <summary>Compiles a network; op by op if it contains an unknown node.</summary>
    public static InferencePlan Create(CudaDevice device, NetworkNode output) =>
        NetworkPlanner.Refusal(output) is { } reason
            ? new OpByOpPlan(device, output, reason)
            : new CudaInferencePlan(device, output);

    /// <inheritdoc/>
    protected override void RunCore(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        bool records = _device.IsDry || _device.IsRecording;
        if (!records && Find(inputs, output) is { } known)
        {
            known.Recording.Launch();
            return;
        }

        Bind(inputs, output);
        if (records)
        {
            RunSteps();
            return;
        }

        if (_runs.Count == MostGraphs)
        {
            _runs[^1].Recording.Dispose();
            _runs.RemoveAt(_runs.Count - 1);
        }

        var run = new RecordedRun(AddressesOf(inputs, output), _device.Record(RunSteps));
        _runs.Insert(0, run);
        run.Recording.Launch();
    }

    /// <inheritdoc/>
    protected override void DisposeCore()
    {
        foreach (RecordedRun run in _runs)
        {
            run.Recording.Dispose();
        }

        _runs.Clear();
        _scope.Dispose();
    }

    private static ulong[] AddressesOf(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        var addresses = new ulong[inputs.Length + 1];
        for (int i = 0; i < inputs.Length; i++)
        {
            addresses[i] = CudaDevice.Address(inputs[i]).Value;
        }

        addresses[^1] = CudaDevice.Address(output).Value;
        return addresses;
    }

    private string Describe()
    {
        int convolutions = _network.Steps.Count(step => step is ConvolutionStep);
        int byLibrary = _network.Steps.Count(step => step is ConvolutionStep { UsesCudnn: true });
        int transposed = _network.Steps.Count(step => step is TransposedConvolutionStep);
        string own = byLibrary < convolutions ? $", {convolutions - byLibrary} by hand-written kernels" : "";
        string adjoint = transposed > 0 ? $", {transposed} transposed" : "";
        string precision = _device.Precision.ToString();
        return $"one CUDA graph, cuDNN convolutions: {byLibrary}{own}{adjoint}, {precision}";
    }

    /// <summary>Finds the run of these tensors and moves it to the front.</summary>
    private RecordedRun? Find(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        for (int i = 0; i < _runs.Count; i++)
        {
            RecordedRun run = _runs[i];
            if (run.IsOf(inputs, output))
            {
                if (i > 0)
                {
                    _runs.RemoveAt(i);
                    _runs.Insert(0, run);
                }

                return run;
            }
        }

        return null;
    }

    private void Bind(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            _network.Inputs[i].Tensor = inputs[i];
        }

        _network.Output.Tensor = output;
    }

    private void RunSteps()
    {
        foreach (PlanStep step in _network.Steps)
        {
            step.Run();
        }
    }

    /// <summary>A graph and the tensors that it reads and writes.</summary>
    private sealed record RecordedRun(ulong[] Addresses, Recording Recording)
    {
        public bool IsOf(ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                if (Addresses[i] != CudaDevice.Address(inputs[i]).Value)
                {
                    return false;
                }
            }

            return Addresses[^1] == CudaDevice.Address(output).Value;
        }
    }
}
