using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Peers;

/// <summary>A network compiled for one of our devices, with its inputs and output allocated.</summary>
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

    /// <summary>The bytes that one run allocates on this thread; a plan must allocate none.</summary>
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
