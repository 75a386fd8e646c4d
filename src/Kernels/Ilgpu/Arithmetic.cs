using ILGPU;

namespace InfAdmm.Kernels.Ilgpu;

/// <summary>
/// Exponential, logarithm and sine for kernels, from +, −, × and bit operations only, so that every accelerator
/// computes the same results: those of ILGPU are approximations on some. Relative errors near 1e-7.
/// </summary>
internal static class Arithmetic
{
    private const float LogOfTwo = 0.693147180559945f;

    /// <summary>eˣ; 0 or infinity where it underflows or overflows, NaN for NaN.</summary>
    public static float Exp(float x)
    {
        const float Largest = 88.7f;
        float clamped = x > Largest ? Largest : x < -Largest ? -Largest : x;

        // x = k·ln 2 + r, |r| ≤ ln 2 / 2, with ln 2 in two parts so that the product is exact.
        float scaled = clamped * 1.44269504088896f;
        int k = (int)(scaled + (scaled < 0 ? -0.5f : 0.5f));
        float r = clamped - k * 0.693359375f - k * -2.12194440e-4f;
        float series =
            1 + r * (1 + r * (0.5f + r * (1f / 6 + r * (1f / 24 + r * (1f / 120 + r * (1f / 720 + r / 5040))))));
        float result = series * Interop.IntAsFloat((uint)(k + 127) << 23);
        return x < -Largest ? 0 : result;
    }

    /// <summary>ln x for a positive normal number x.</summary>
    public static float Log(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        int exponent = (int)(bits >> 23) - 127;
        float mantissa = Interop.IntAsFloat((bits & 0x7FFFFF) | 0x3F800000);
        if (mantissa > 1.41421356f)
        {
            mantissa *= 0.5f;
            exponent++;
        }

        // ln m = 2·artanh((m − 1)/(m + 1)).
        float s = (mantissa - 1) / (mantissa + 1);
        float square = s * s;
        float series = 1f / 3 + square * (1f / 5 + square * (1f / 7 + square * (1f / 9 + square / 11)));
        return exponent * LogOfTwo + 2 * (s + s * square * series);
    }

    /// <summary>sin(2π·turns) for 0 ≤ turns ≤ 1.</summary>
    public static float SineOfTurns(float turns)
    {
        // The remainder after rounding to quarter turns is at most an eighth of a turn.
        int quarter = (int)(4 * turns + 0.5f);
        float angle = (turns - 0.25f * quarter) * 6.28318530717959f;
        float square = angle * angle;
        bool isCosine = (quarter & 1) == 1;
        float sine = angle + angle * square * (-1f / 6 + square * (1f / 120 + square * (-1f / 5040 + square / 362880)));
        float cosine = 1 + square * (-0.5f + square * (1f / 24 + square * (-1f / 720 + square * (1f / 40320
            - square / 3628800))));
        float value = isCosine ? cosine : sine;
        return (quarter & 2) == 2 ? -value : value;
    }

    /// <summary>cos(2π·turns) for 0 ≤ turns ≤ 1.</summary>
    public static float CosineOfTurns(float turns) => SineOfTurns(turns < 0.75f ? turns + 0.25f : turns - 0.75f);
}
