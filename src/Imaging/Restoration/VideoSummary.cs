namespace InfAdmm.Imaging.Restoration;

/// <summary>What a <see cref="VideoRestorer"/> did.</summary>
/// <param name="Frames">The frames that were written.</param>
/// <param name="Seconds">The time from the end of reading the first frame to the end of writing the last one.</param>
/// <param name="MedianLatency">
/// The median over the frames of the time in seconds from the end of reading a frame to the end of writing it, known to
/// 1 %; null without frames.
/// </param>
/// <param name="LargestLatency">The same for the 99th percentile.</param>
/// <param name="Iterations">The mean number of ADMM iterations per frame; null without frames.</param>
/// <param name="Continued">The frames that continued from the last one.</param>
/// <param name="Cuts">The frames after the first that did not, because the scene changed.</param>
/// <param name="OutputClosed">Whether it ended because the reader of the output closed it.</param>
public sealed record VideoSummary(
    int Frames, double Seconds, double? MedianLatency, double? LargestLatency, double? Iterations, int Continued, int Cuts,
    bool OutputClosed);
