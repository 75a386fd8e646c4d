using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Samples.WebRestore;

/// <summary>What the page is told about a restoration.</summary>
/// <param name="Done">The fraction done, 0 to 1.</param>
/// <param name="Seconds">The time it took; null until it is done.</param>
/// <param name="Error">Why there will be no picture; null if nothing went wrong.</param>
public sealed record RestorationStatus(double Done, double? Seconds, string? Error);

/// <summary>One picture that is being restored, or was.</summary>
public sealed class Restoration : IProgress<double>, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private RestorationStatus _status = new(0, null, null);

    /// <summary>Begins to restore a picture.</summary>
    public Restoration(Restorer restorer, Picture picture)
    {
        Work = RunAsync(restorer, picture);
    }

    /// <summary>The work, which never fails.</summary>
    public Task Work { get; }

    /// <summary>How far it is.</summary>
    public RestorationStatus Status => Volatile.Read(ref _status);

    /// <summary>The restored picture; null until it is done.</summary>
    public byte[]? Png { get; private set; }

    /// <summary>Ends the work soon.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>Frees everything but the picture. The work must have ended.</summary>
    public void Dispose() => _cancellation.Dispose();

    /// <inheritdoc/>
    public void Report(double value) => Volatile.Write(ref _status, new RestorationStatus(0.99 * value, null, null));

    private async Task RunAsync(Restorer restorer, Picture picture)
    {
        try
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            Picture restored = await restorer.RestoreAsync(picture, this, _cancellation.Token);
            double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
            Png = ImageFile.Encode(restored);
            Volatile.Write(ref _status, new RestorationStatus(1, seconds, null));
        }
        catch (Exception failure) when (
            failure is InputException or ArithmeticException or OperationCanceledException or OutOfMemoryException)
        {
            Volatile.Write(ref _status, new RestorationStatus(1, null, failure.Message));
        }
    }
}
