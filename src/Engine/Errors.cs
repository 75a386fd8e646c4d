namespace InfAdmm.Engine;

/// <summary>Shapes do not match; the message names both.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

/// <summary>A backend failed: out of memory, an error of a native library, or a device that is not available.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Creates the exception with a message.</summary>
    public DeviceException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    public DeviceException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Whether the device has too little memory for what was asked.</summary>
    public bool IsOutOfMemory { get; init; }
}

/// <summary>
/// Invalid input: a file or a value given by the caller. The message names it and says how to fix it.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the exception with a message.</summary>
    public InputException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    public InputException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>
    /// The name of the parameter that the caller should change, such as "stride"; null if the message is complete
    /// without it. A command line can add the name of its option.
    /// </summary>
    public string? Parameter { get; init; }
}
