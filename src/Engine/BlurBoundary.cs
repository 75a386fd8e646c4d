namespace InfAdmm.Engine;

/// <summary>What a blur meets beyond the edge of an image (MATH.md §3).</summary>
public enum BlurBoundary
{
    /// <summary>The image again: indices wrap around.</summary>
    Periodic,

    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>The image mirrored at the centre of its edge pixels: index −1 is 1.</summary>
    Reflect,

    /// <summary>Nothing: only pixels whose kernel lies inside the image are kept, then decimated.</summary>
    Valid,
}
