using InfAdmm.Engine;
using Microsoft.ML.OnnxRuntime;

namespace InfAdmm.Tests.Shared;

/// <summary>
/// A model in ONNX Runtime, which also checks it: all graph optimizations are on, and a type or shape that does not
/// follow from the operations is an error.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxSession(byte[] model)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.strict_shape_type_inference", "1");
        _session = new InferenceSession(model, options);
    }

    public IEnumerable<string> Inputs => _session.InputNames;

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>The extents of an input; −1 for a free one.</summary>
    public int[] Extents(string input) => _session.InputMetadata[input].Dimensions;

    /// <summary>Runs the model; a value without a shape is a scalar.</summary>
    public Dictionary<string, float[]> Run(params (string Name, Shape? Shape, float[] Values)[] inputs)
    {
        var values = new Dictionary<string, OrtValue>();
        try
        {
            foreach ((string name, Shape? shape, float[] data) in inputs)
            {
                long[] extents = shape is { } given ? [given.N, given.C, given.H, given.W] : [];
                values[name] = OrtValue.CreateTensorValueFromMemory(data, extents);
            }

            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results =
                _session.Run(options, values, _session.OutputNames);
            return _session.OutputNames.Zip(results)
                .ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
        }
        finally
        {
            foreach (OrtValue value in values.Values)
            {
                value.Dispose();
            }
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>The largest absolute difference; NaN if a value is NaN.</summary>
    public static double LargestDifference(float[] a, float[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return a.Zip(b, (x, y) => Math.Abs((double)x - y)).Aggregate(0.0, Math.Max);
    }
}
