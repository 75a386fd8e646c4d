namespace InfAdmm.Engine;

/// <summary>Shapes that do not fit together; the message names both.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

/// <summary>A backend failed: out of memory, a native status, a device that cannot be had.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Creates the error with its message.</summary>
    public DeviceException(string message) : base(message)
    {
    }

    /// <summary>Creates the error with its message and cause.</summary>
    public DeviceException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>
/// Input that cannot be used: a file or a value given by the caller. The message names it and the fix.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the error with its message.</summary>
    public InputException(string message) : base(message)
    {
    }

    /// <summary>Creates the error with its message and cause.</summary>
    public InputException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>
    /// The parameter that the caller should change, "stride"; null where the message already says all. A command line adds
    /// the name of its option for it.
    /// </summary>
    public string? Parameter { get; init; }
}
