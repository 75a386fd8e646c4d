namespace InfAdmm.Engine;

/// <summary>
/// How an image is extended beyond its edges by a blur or a convolution (docs/mathematics.md §3). Each example shows an
/// image <c>abcdefgh</c> between the pixels that are read to its left and right.
/// </summary>
public enum Boundary
{
    /// <summary><c>fgh|abcdefgh|abc</c>: indices wrap around.</summary>
    Periodic,

    /// <summary><c>000|abcdefgh|000</c>: zeros.</summary>
    Zero,

    /// <summary>
    /// <c>dcb|abcdefgh|gfe</c>: mirrored at the centre of the edge pixels: index −1 is pixel 1. Blurs only.
    /// </summary>
    Reflect,

    /// <summary>
    /// No extension: only pixels whose kernel lies inside the image are kept, then decimated. Blurs only.
    /// </summary>
    Valid,
}
