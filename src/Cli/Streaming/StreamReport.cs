using InfAdmm.Cli.Devices;

namespace InfAdmm.Cli.Streaming;

/// <summary>The JSON report of <c>stream</c>.</summary>
/// <param name="Command">The command: stream.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Device">The device that computed the results.</param>
/// <param name="Task">The name of the image task.</param>
/// <param name="Weights">The file of the prior, or the name of the built-in one.</param>
/// <param name="Width">The width of a restored frame, in pixels.</param>
/// <param name="Height">The height of a restored frame, in pixels.</param>
/// <param name="Frames">The number of frames that were written.</param>
/// <param name="Seconds">The time from the end of reading the first frame to the end of writing the last one.</param>
/// <param name="FramesPerSecond">Frames for each of these seconds; null without frames.</param>
/// <param name="LatencySecondsP50">
/// The median time from the end of reading a frame to the end of writing it, known to 1 %; null without frames.
/// </param>
/// <param name="LatencySecondsP99">The 99th percentile of that time.</param>
/// <param name="Iterations">The mean number of ADMM iterations per frame; null without frames.</param>
/// <param name="ContinuedFrames">With --warm-start, the frames that continued from the last one.</param>
/// <param name="SceneCuts">With --warm-start, the frames after the first that did not.</param>
/// <param name="OutputClosed">Whether the reader of stdout closed it before the end.</param>
/// <param name="Error">The error message; null if there was none.</param>
internal sealed record StreamReport(
    string Command, string Version, ReportedDevice Device, string Task, string Weights, int Width, int Height, int Frames,
    double Seconds, double? FramesPerSecond, double? LatencySecondsP50, double? LatencySecondsP99, double? Iterations,
    int ContinuedFrames, int SceneCuts, bool OutputClosed, string? Error);
