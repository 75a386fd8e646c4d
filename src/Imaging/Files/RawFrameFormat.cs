namespace InfAdmm.Imaging.Files;

/// <summary>The layouts of frames without any header, named as in ffmpeg.</summary>
public enum RawFrameFormat
{
    /// <summary>Three bytes a pixel: red, green, blue.</summary>
    Rgb24,

    /// <summary>One byte a pixel.</summary>
    Gray8,
}
