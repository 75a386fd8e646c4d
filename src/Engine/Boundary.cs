namespace InfAdmm.Engine;

/// <summary>
/// What a blur or a convolution finds beyond the edge of an image (docs/mathematics.md §3). Each line shows an image
/// <c>abcdefgh</c> between the pixels that are read to its left and right.
/// </summary>
public enum Boundary
{
    /// <summary><c>fgh|abcdefgh|abc</c>: indices wrap around.</summary>
    Periodic,

    /// <summary><c>000|abcdefgh|000</c>: zeros.</summary>
    Zero,

    /// <summary><c>dcb|abcdefgh|gfe</c>: mirrored at the centre of the edge pixels, so that index −1 is 1. Blurs only.</summary>
    Reflect,

    /// <summary>Nothing: only pixels whose kernel lies inside the image are kept, then decimated. Blurs only.</summary>
    Valid,
}
