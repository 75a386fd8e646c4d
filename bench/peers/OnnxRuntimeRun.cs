using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// Runs a network in ONNX Runtime on the CPU: with all graph optimizations, inputs and output bound once, and threads
/// that spin between operations, which is the default.
/// </summary>
internal sealed class OnnxRuntimeRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly List<OrtValue> _values = [];
    private readonly OrtValue _output;

    public OnnxRuntimeRun(NetworkNode network, float[][] inputs, int threads)
        : this(OnnxNetwork.ToModel(network), network, inputs, threads)
    {
    }

    public OnnxRuntimeRun(byte[] model, NetworkNode network, float[][] inputs, int threads)
    {
        _session = CreateSession(model, threads);
        _binding = _session.CreateIoBinding();
        foreach (InputNode node in network.InOrder().OfType<InputNode>())
        {
            OrtValue input = Allocate(node.Shape);
            inputs[node.Index].CopyTo(input.GetTensorMutableDataAsSpan<float>());
            _binding.BindInput(OnnxNetwork.InputName(node.Index), input);
        }

        _output = Allocate(network.Shape);
        _binding.BindOutput(_session.OutputNames[0], _output);
    }

    /// <summary>The peer and its version, for reports.</summary>
    public static string Name => $"onnxruntime {OrtEnv.Instance().GetVersionString()}";

    /// <summary>Loads a model as it runs fastest.</summary>
    public static InferenceSession CreateSession(byte[] model, int threads)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        return new InferenceSession(model, options);
    }

    public void Run() => _session.RunWithBinding(_options, _binding);

    public ReadOnlySpan<float> Output() => _output.GetTensorDataAsSpan<float>();

    public void Dispose()
    {
        _binding.Dispose();
        _session.Dispose();
        _options.Dispose();
        foreach (OrtValue value in _values)
        {
            value.Dispose();
        }
    }

    private OrtValue Allocate(Shape shape)
    {
        var value = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, TensorElementType.Float, [shape.N, shape.C, shape.H, shape.W]);
        _values.Add(value);
        return value;
    }
}
