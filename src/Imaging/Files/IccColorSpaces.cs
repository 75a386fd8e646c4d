namespace InfAdmm.Imaging.Files;

/// <summary>The colour spaces of ICC profiles that are distinguished here.</summary>
internal enum IccColorSpace
{
    /// <summary>One channel.</summary>
    Grey,

    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Any other: the values were converted when the file was read, so the profile no longer fits.</summary>
    Other,
}

/// <summary>Reads the colour space of an ICC profile, the only field that is needed for storing it.</summary>
internal static class IccColorSpaces
{
    /// <summary>Returns the colour space in bytes 16 to 19 of a profile (ICC.1:2010, 7.2.6).</summary>
    public static IccColorSpace Of(ReadOnlySpan<byte> profile)
    {
        ReadOnlySpan<byte> signature = profile.Length >= 128 ? profile[16..20] : [];
        return signature.SequenceEqual("RGB "u8) ? IccColorSpace.Rgb
            : signature.SequenceEqual("GRAY"u8) ? IccColorSpace.Grey
            : IccColorSpace.Other;
    }
}
