using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>The stopping rule on both sides of its bounds, and with a NaN in each position: exact verdicts.</summary>
internal static class StoppingTestCases
{
    /// <summary>ρ = 0.5, floor = 0.01, ε = 0.1: primal 0.2 of at most 0.01 + 0.1·3, dual 0.3 of 0.01 + 0.1·4.</summary>
    private static readonly float[] Rule = [0.5f, 0.01f, 0.1f];

    private static readonly float[] Met = [0.04f, 0.09f, 16, 4, 9, 1, 1];

    public static IEnumerable<OpCase> All()
    {
        yield return Of("met", Met, Rule, 1);
        yield return Of("met, all at rest", [0, 0, 0, 0, 0, 0, 0], [1, 0, 0.1f], 1);
        yield return Of("met by the floor alone", [0.04f, 0.09f, 0, 0, 0, 0, 0], [0.5f, 0.4f, 0.1f], 1);
        yield return Of("met by x, the larger", With(With(Met, 4, 4), 3, 9), Rule, 1);
        yield return Of("primal too large", With(Met, 0, 0.16f), Rule, 0);
        yield return Of("dual too large", With(Met, 1, 0.25f), Rule, 0);
        yield return Of("dual too large for ρ", Met, [0.5f, 0.01f, 0.05f], 0);
        for (int place = 0; place < 5; place++)
        {
            yield return Of($"NaN at {place}", With(Met, place, float.NaN), Rule, 0);
        }
    }

    private static float[] With(float[] sums, int place, float value)
    {
        float[] changed = [.. sums];
        changed[place] = value;
        return changed;
    }

    private static OpCase Of(string name, float[] sums, float[] rule, double verdict) => new()
    {
        Name = $"stopping test: {name}",
        Inputs = [Shape.Vector(Device.IterateSumCount), Shape.Vector(3)],
        Outputs = [Shape.Scalar],
        Run = (device, inputs, outputs) => device.StoppingTest(inputs[0], inputs[1], outputs[0]),
        Reference = _ => [[verdict]],
        Tolerance = 0,
        Fill = (input, values) => (input == 0 ? sums : rule).CopyTo(values, 0),
    };
}
