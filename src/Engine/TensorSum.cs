namespace InfAdmm.Engine;

/// <summary>
/// Adds up a tensor over all processes of a group, part by part, while the device computes. All processes must start the same
/// parts in the same order. <see cref="Device.SumOver"/> creates it.
/// </summary>
public abstract class TensorSum
{
    /// <summary>The seconds from the first start of a part to the end of the last one, in all rounds.</summary>
    public double Seconds { get; protected set; }

    /// <summary>The part of <see cref="Seconds"/> in which the device had nothing else to do.</summary>
    public double ExposedSeconds { get; protected set; }

    /// <summary>
    /// Starts to replace a part of the tensor by its sum, after the work on the device so far. The part must not be used before
    /// <see cref="Finish"/>.
    /// </summary>
    /// <param name="offset">The first element of the part.</param>
    /// <param name="count">The number of elements, at least 1.</param>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public abstract void Start(int offset, int count);

    /// <summary>Waits until all parts that were started are added up.</summary>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public abstract void Finish();
}
