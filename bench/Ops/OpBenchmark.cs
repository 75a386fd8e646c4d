using BenchmarkDotNet.Attributes;
using InfAdmm.Conformance;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Ops;

/// <summary>
/// Times a conformance case on the CPU backend with all cores. The time includes everything that the case does besides
/// its op, such as the copy before an in-place op.
/// </summary>
public class OpBenchmark : IDisposable
{
    private CpuDevice? _device;
    private TensorScope? _scope;
    private Tensor[] _inputs = [];
    private Tensor[] _outputs = [];
    private OpCase? _item;

    /// <summary>The cases to choose from: the large ones, unless the command line names others.</summary>
    public static IEnumerable<string> Names { get; set; } = Suite.Large.Keys;

    /// <summary>The name of the case.</summary>
    [ParamsSource(nameof(Names))]
    public string Case { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        _item = Suite.Large.GetValueOrDefault(Case) ?? Suite.Cases[Case];
        _device = CpuDevice.Create();
        _scope = new TensorScope(_device);
        _inputs = [.. _item.MakeInputs().Select((values, i) => _scope.Add(_device.Allocate(_item.Inputs[i], values)))];
        _outputs = [.. _item.Outputs.Select(_scope.Allocate)];
    }

    [Benchmark]
    public void Run() => _item!.Run(_device!, _inputs, _outputs);

    [GlobalCleanup]
    public void Dispose()
    {
        _scope?.Dispose();
        _device?.Dispose();
        GC.SuppressFinalize(this);
    }
}
