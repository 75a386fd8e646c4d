using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Peers;

/// <summary>A network compiled by a device of ours, with its inputs and output in place.</summary>
internal sealed class EngineRun : IDisposable
{
    private readonly TensorScope _scope;
    private readonly InferencePlan _plan;
    private readonly Tensor[] _inputs;
    private readonly Tensor _output;

    public EngineRun(Device device, NetworkNode network, float[][] inputs)
    {
        _scope = new TensorScope(device);
        _plan = device.Compile(network);
        _inputs = [.. _plan.InputShapes.Zip(inputs, (shape, values) => _scope.Add(device.Allocate(shape, values)))];
        _output = _scope.Allocate(_plan.OutputShape);
    }

    public void Run()
    {
        _plan.Run(_inputs, _output);
        _scope.Device.Synchronize();
    }

    public float[] Output() => _output.ToArray();

    /// <summary>Bytes that a run allocates on this thread: none, if the plan keeps its promise.</summary>
    public long AllocatedBytes()
    {
        const int Runs = 10;
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Runs; i++)
        {
            Run();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
    }

    public void Dispose()
    {
        _plan.Dispose();
        _scope.Dispose();
    }
}
