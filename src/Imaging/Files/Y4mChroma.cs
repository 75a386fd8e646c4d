namespace InfAdmm.Imaging.Files;

/// <summary>
/// How a YUV4MPEG2 stream stores colour: the values of the parameter C that are read, all with 8 bits.
/// </summary>
/// <param name="Name">The value of the parameter.</param>
/// <param name="Across">Pixels for each chroma sample along a row; 0 for a stream without colour.</param>
/// <param name="Down">Pixels for each chroma sample along a column; 0 for a stream without colour.</param>
/// <param name="IsCosited">
/// Whether a chroma sample lies on the first of its pixels along a row, and not in their center. Along a column it lies
/// in the center.
/// </param>
internal sealed record Y4mChroma(string Name, int Across, int Down, bool IsCosited)
{
    /// <summary>No colour.</summary>
    public static Y4mChroma Mono { get; } = new("mono", 0, 0, false);

    /// <summary>Colour at every pixel.</summary>
    public static Y4mChroma Full { get; } = new("444", 1, 1, false);

    /// <summary>The one of a stream that states none.</summary>
    public static Y4mChroma Default { get; } = new("420jpeg", 2, 2, false);

    /// <summary>All values.</summary>
    public static IReadOnlyList<Y4mChroma> All { get; } =
        [Default, new("420", 2, 2, false), new("420mpeg2", 2, 2, true), new("422", 2, 1, true), Full, Mono];

    /// <summary>Whether a stream has colour.</summary>
    public bool HasColor => Across > 0;
}
