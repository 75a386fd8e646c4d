namespace InfAdmm.Imaging.Tasks;

/// <summary>How the data term treats the margin around a blurred picture, where nothing was measured.</summary>
public enum EdgeModel
{
    /// <summary>
    /// The margin has no measurements: A is masked there. The z-update is solved by preconditioned conjugate gradients,
    /// unless another z-solver that takes a mask is chosen.
    /// </summary>
    Unknown,

    /// <summary>
    /// The margin is measured, with values that blend mirror images of the picture and then follow the estimate: A is
    /// periodic, and a z-solver like <c>fft</c> applies.
    /// </summary>
    Mirrored,
}
