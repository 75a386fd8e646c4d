using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>The conformance suite: its cases, and the check of one case on one device.</summary>
public static class Suite
{
    private const int Guard = 64;
    private const float GuardValue = -12345.678f;

    /// <summary>Every case, by name.</summary>
    public static IReadOnlyDictionary<string, OpCase> Cases { get; } = new[]
    {
        ElementwiseCases.All,
        ReductionCases.All,
        LinearAlgebraCases.All,
        Conv2dCases.All,
        MatMulCases.All,
        MaxPoolCases.All,
        PixelShuffleCases.All,
        CopyChannelsCases.All,
        BatchNormCases.All,
        BlurCases.All,
        BlurBoundaryCases.All,
        VaryingBlurCases.All,
        WindowCases.All,
        StoppingTestCases.All,
        InnerLoopCases.All,
        FourierCases.All,
        TrainingCases.All,
    }.SelectMany(cases => cases()).ToDictionary(item => item.Name);

    /// <summary>
    /// The same ops at realistic sizes, by name. For benchmarks only, because their references are slow.
    /// </summary>
    public static IReadOnlyDictionary<string, OpCase> Large { get; } = LargeCases.All().ToDictionary(item => item.Name);

    /// <summary>
    /// Runs a case on a device and compares it with the double-precision reference. Outputs are filled with NaN and
    /// placed between guard values. Inputs must not change, and no buffer may remain allocated.
    /// </summary>
    /// <returns>What is wrong; null if the case passes.</returns>
    public static string? Check(Device device, OpCase item)
    {
        int live = device.LiveBuffers;
        string? failure = CheckValues(device, item);
        return failure ?? (device.LiveBuffers == live ? null : $"{device.LiveBuffers - live} buffers stayed alive");
    }

    private static string? CheckValues(Device device, OpCase item)
    {
        float[][] inputs = item.MakeInputs();
        double[][] expected = item.Reference([.. inputs.Select(values => Array.ConvertAll(values, v => (double)v))]);
        using var scope = new TensorScope(device);
        Tensor[] inputTensors = [.. inputs.Select((v, i) => scope.Add(device.Allocate(item.Inputs[i], v)))];
        var frames = new Tensor[item.Outputs.Length];
        var outputTensors = new Tensor[item.Outputs.Length];
        for (int i = 0; i < frames.Length; i++)
        {
            int count = (int)item.Outputs[i].Count;
            float[] frame = new float[count + 2 * Guard];
            Array.Fill(frame, GuardValue);
            Array.Fill(frame, float.NaN, Guard, count);
            frames[i] = scope.Add(device.Allocate(Shape.Vector(frame.Length), frame));
            outputTensors[i] = frames[i].Slice(Guard, item.Outputs[i]);
        }

        item.Run(device, inputTensors, outputTensors);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputTensors[i].ToArray().AsSpan().SequenceEqual(inputs[i]))
            {
                return $"input {i} was changed";
            }
        }

        for (int i = 0; i < frames.Length; i++)
        {
            float[] frame = frames[i].ToArray();
            if (frame.AsSpan(0, Guard).ContainsAnyExcept(GuardValue)
                || frame.AsSpan(frame.Length - Guard).ContainsAnyExcept(GuardValue))
            {
                return $"output {i}: a write outside the tensor";
            }

            string? difference = Compare(frame.AsSpan(Guard, frame.Length - 2 * Guard), expected[i], item.Tolerance);
            if (difference is not null)
            {
                return $"output {i}: {difference}";
            }
        }

        return null;
    }

    private static string? Compare(ReadOnlySpan<float> actual, double[] expected, double tolerance)
    {
        if (actual.Length != expected.Length)
        {
            return $"{actual.Length} values, {expected.Length} expected";
        }

        double scale = Math.Max(expected.Max(Math.Abs), 1e-30);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]) / scale;
            if (!(error <= tolerance))
            {
                return $"element {i} is {actual[i]:R}, expected {expected[i]:R}: " +
                    $"relative error {error:E2}, tolerance {tolerance:E2}";
            }
        }

        return null;
    }
}
