namespace InfAdmm.Nn.Onnx;

/// <summary>An extent of an input or output: a number, or the name of one that every run may choose.</summary>
public readonly record struct OnnxExtent
{
    private OnnxExtent(long? value, string? name)
    {
        Value = value;
        Name = name;
    }

    /// <summary>The number; null if it is free.</summary>
    public long? Value { get; }

    /// <summary>The name of a free extent; equal names have equal values in a run.</summary>
    public string? Name { get; }

    /// <summary>A fixed extent.</summary>
    public static implicit operator OnnxExtent(int value) => FromInt32(value);

    /// <summary>A free extent.</summary>
    public static implicit operator OnnxExtent(string name) => FromString(name);

    /// <summary>A fixed extent.</summary>
    public static OnnxExtent FromInt32(int value) => new(value, null);

    /// <summary>A free extent.</summary>
    public static OnnxExtent FromString(string name) => new(null, name);

    /// <inheritdoc/>
    public override string ToString() => Name ?? FormattableString.Invariant($"{Value}");
}
