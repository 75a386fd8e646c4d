namespace InfAdmm.Imaging.Restoration;

/// <summary>Where the pixels of a measurement lie in the restored picture (docs/restore.md).</summary>
public enum PixelAlignment
{
    /// <summary>
    /// Pixel (i, j) of the measurement lies on pixel (s·i, s·j), as the operator A says: for measurements by A.
    /// </summary>
    Grid,

    /// <summary>
    /// Pixel (i, j) of the measurement lies in the middle of s×s pixels, so that both pictures have the same edges: for
    /// pictures from cameras and other programs.
    /// </summary>
    Center,
}
