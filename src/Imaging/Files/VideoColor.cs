using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// The conversion between red, green, blue in [0, 1] and 8-bit Y′CbCr by ITU-R BT.601, in limited range (Y′ from 16 to
/// 235, Cb and Cr from 16 to 240) or in full range (0 to 255, as in JPEG). Values beyond are kept when decoding, so
/// that encoding restores every sample.
/// </summary>
internal sealed class VideoColor
{
    private const float Middle = 128;

    // Cb = (B − Y′)/(2(1 − Blue)) and Cr = (R − Y′)/(2(1 − Red)), each from −1/2 to 1/2.
    private const float BlueRange = (float)(2 * (1 - Luma.Blue));
    private const float RedRange = (float)(2 * (1 - Luma.Red));
    private const float GreenOfCb = (float)(Luma.Blue / Luma.Green * 2 * (1 - Luma.Blue));
    private const float GreenOfCr = (float)(Luma.Red / Luma.Green * 2 * (1 - Luma.Red));

    private readonly float _black;
    private readonly float _lumaScale;
    private readonly float _chromaScale;

    private VideoColor(float black, float lumaScale, float chromaScale)
    {
        _black = black;
        _lumaScale = lumaScale;
        _chromaScale = chromaScale;
    }

    /// <summary>Limited range.</summary>
    public static VideoColor Limited { get; } = new(black: 16, lumaScale: 219, chromaScale: 224);

    /// <summary>Full range.</summary>
    public static VideoColor Full { get; } = new(black: 0, lumaScale: 255, chromaScale: 255);

    /// <summary>The grey value of a sample of Y′.</summary>
    public float Grey(byte y) => (y - _black) / _lumaScale;

    /// <summary>The sample of Y′ for a grey value.</summary>
    public byte Luma8(float grey) => Clip(_black + _lumaScale * grey);

    /// <summary>The colour of a pixel.</summary>
    /// <param name="y">The sample of Y′.</param>
    /// <param name="cb">Cb, interpolated between samples.</param>
    /// <param name="cr">Cr, interpolated between samples.</param>
    public (float Red, float Green, float Blue) Decode(byte y, float cb, float cr)
    {
        float luma = Grey(y);
        float b = (cb - Middle) / _chromaScale;
        float r = (cr - Middle) / _chromaScale;
        return (luma + RedRange * r, luma - GreenOfCb * b - GreenOfCr * r, luma + BlueRange * b);
    }

    /// <summary>The samples of a colour.</summary>
    public (byte Y, byte Cb, byte Cr) Encode(float red, float green, float blue)
    {
        float luma = Luma.Of(red, green, blue);
        return (
            Luma8(luma), Clip(Middle + _chromaScale * (blue - luma) / BlueRange),
            Clip(Middle + _chromaScale * (red - luma) / RedRange));
    }

    private static byte Clip(float value) => (byte)MathF.Round(Math.Clamp(value, byte.MinValue, byte.MaxValue));
}
