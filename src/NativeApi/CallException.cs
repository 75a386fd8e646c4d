namespace InfAdmm.NativeApi;

/// <summary>A call that is refused before the library does anything.</summary>
internal sealed class CallException(Status status, string message) : Exception(message)
{
    /// <summary>The result of the call.</summary>
    public Status Status { get; } = status;
}
