using System.Buffers.Binary;
using System.Text;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// Reads the subset of Python's pickle format that PyTorch writes for a dictionary of tensors. Nothing is executed: of all
/// functions and classes, only those that rebuild a tensor and an ordered dictionary are understood, and any other one is
/// an error.
/// </summary>
internal sealed class TorchPickle
{
    private const int MostItems = 1 << 20;

    private static readonly object Mark = new();
    private readonly byte[] _bytes;
    private readonly Stack<object?> _stack = [];
    private readonly Dictionary<int, object?> _memory = [];
    private int _at;

    private TorchPickle(byte[] bytes, int at)
    {
        _bytes = bytes;
        _at = at;
    }

    /// <summary>Reads one object, and moves <paramref name="at"/> behind it.</summary>
    /// <exception cref="FormatException">The bytes are damaged, or contain something else than tensors.</exception>
    public static object? Read(byte[] bytes, ref int at)
    {
        var reader = new TorchPickle(bytes, at);
        object? value = reader.Run();
        at = reader._at;
        return value;
    }

    private object? Run()
    {
        while (true)
        {
            byte code = Take(1)[0];
            switch (code)
            {
                case 0x80: // PROTO
                    Take(1);
                    break;
                case (byte)'.': // STOP
                    return Pop();
                case (byte)'(': // MARK
                    Push(Mark);
                    break;
                case (byte)'}': // EMPTY_DICT
                    Push(new Dictionary<object, object?>());
                    break;
                case (byte)']': // EMPTY_LIST
                    Push(new List<object?>());
                    break;
                case (byte)')': // EMPTY_TUPLE
                    Push(Array.Empty<object?>());
                    break;
                case (byte)'t': // TUPLE
                    Push(PopToMark());
                    break;
                case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                    Push(PopMany(code - 0x84));
                    break;
                case (byte)'N': // NONE
                    Push(null);
                    break;
                case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                    Push(code == 0x88);
                    break;
                case (byte)'K': // BININT1
                    Push((long)Take(1)[0]);
                    break;
                case (byte)'M': // BININT2
                    Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                    break;
                case (byte)'J': // BININT
                    Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                    break;
                case 0x8A: // LONG1
                    Push(ReadLong(Take(Take(1)[0])));
                    break;
                case (byte)'G': // BINFLOAT
                    Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                    break;
                case (byte)'X': // BINUNICODE
                    Push(Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))));
                    break;
                case (byte)'c': // GLOBAL
                    Push(new GlobalName(TakeLine(), TakeLine()));
                    break;
                case (byte)'Q': // BINPERSID
                    Push(Storage(Pop()));
                    break;
                case (byte)'R': // REDUCE
                    object? arguments = Pop();
                    Push(Call(Pop(), arguments));
                    break;
                case (byte)'q' or (byte)'r': // BINPUT, LONG_BINPUT
                    _memory[TakeIndex(isLong: code == (byte)'r')] = _stack.TryPeek(out object? kept) ? kept : throw Damaged();
                    break;
                case (byte)'h' or (byte)'j': // BINGET, LONG_BINGET
                    Push(_memory.TryGetValue(TakeIndex(isLong: code == (byte)'j'), out object? value) ? value : throw Damaged());
                    break;
                case (byte)'s': // SETITEM
                    Assign(PopMany(2));
                    break;
                case (byte)'u': // SETITEMS
                    Assign(PopToMark());
                    break;
                case (byte)'a': // APPEND
                    Append(PopMany(1));
                    break;
                case (byte)'e': // APPENDS
                    Append(PopToMark());
                    break;
                case (byte)'b': // BUILD: attributes, such as the versions of layers, which are not needed
                    Pop();
                    break;
                default:
                    throw new FormatException($"byte 0x{code:x2} at {_at - 1} is no part of a dictionary of tensors");
            }
        }
    }

    private static object Call(object? function, object? arguments) => (function, arguments) switch
    {
        (GlobalName { Module: "collections", Name: "OrderedDict" }, _) => new Dictionary<object, object?>(),
        (GlobalName { Module: "torch._utils", Name: "_rebuild_tensor_v2" or "_rebuild_tensor" },
            object?[] and [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..]) =>
            new TorchTensor(storage, offset, Integers(shape), Integers(strides)),
        (GlobalName { Module: "torch._utils", Name: "_rebuild_parameter" }, object?[] and [TorchTensor tensor, ..]) => tensor,
        (GlobalName name, _) => throw new FormatException(
            $"it asks to call {name.Module}.{name.Name}, which a dictionary of tensors does not need"),
        _ => throw new FormatException("it calls something that is no function"),
    };

    /// <summary>('storage', type, key, device, count).</summary>
    private static TorchStorage Storage(object? id) =>
        id is object?[] and ["storage", GlobalName { Module: "torch" } type, string key, _, long count, ..]
            ? new TorchStorage(type.Name, key, count)
            : throw new FormatException("it refers to something else than the values of a tensor");

    private static long[] Integers(object?[] values) =>
        [.. values.Select(value => value is long number ? number : throw new FormatException("an extent is no integer"))];

    private static long ReadLong(ReadOnlySpan<byte> bytes)
    {
        // Longer ones are the magic numbers of the format, which only have to be different.
        long value = bytes.Length > 0 && bytes[^1] >= 0x80 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            value = value << 8 | bytes[i];
        }

        return value;
    }

    private void Assign(object?[] pairs)
    {
        if (pairs.Length % 2 != 0 || Peek() is not Dictionary<object, object?> dictionary)
        {
            throw Damaged();
        }

        for (int i = 0; i < pairs.Length; i += 2)
        {
            dictionary[pairs[i] ?? throw Damaged()] = pairs[i + 1];
        }
    }

    private void Append(object?[] values)
    {
        if (Peek() is not List<object?> list)
        {
            throw Damaged();
        }

        list.AddRange(values);
    }

    private void Push(object? value)
    {
        if (_stack.Count >= MostItems)
        {
            throw Damaged();
        }

        _stack.Push(value);
    }

    private object? Pop() => _stack.TryPop(out object? value) && value != Mark ? value : throw Damaged();

    private object? Peek() => _stack.TryPeek(out object? value) ? value : throw Damaged();

    private object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] PopToMark()
    {
        var values = new List<object?>();
        while (_stack.TryPop(out object? value))
        {
            if (value == Mark)
            {
                values.Reverse();
                return [.. values];
            }

            values.Add(value);
        }

        throw Damaged();
    }

    private int TakeIndex(bool isLong) => isLong ? BinaryPrimitives.ReadInt32LittleEndian(Take(4)) : Take(1)[0];

    private string TakeLine()
    {
        int end = Array.IndexOf(_bytes, (byte)'\n', _at);
        if (end < 0)
        {
            throw Damaged();
        }

        string line = Encoding.ASCII.GetString(_bytes, _at, end - _at);
        _at = end + 1;
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _at)
        {
            throw new FormatException("it ends too early");
        }

        _at += count;
        return _bytes.AsSpan(_at - count, count);
    }

    private FormatException Damaged() => new($"it is damaged at byte {_at}");

    private sealed record GlobalName(string Module, string Name);
}

/// <summary>The values of one or several tensors.</summary>
/// <param name="Type">The name of their type, such as FloatStorage.</param>
/// <param name="Key">The name under which the file stores them.</param>
/// <param name="Count">The number of values.</param>
internal sealed record TorchStorage(string Type, string Key, long Count);

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">The values.</param>
/// <param name="Offset">The place of the first element.</param>
/// <param name="Shape">The extents.</param>
/// <param name="Strides">The distances between elements along each axis.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);
