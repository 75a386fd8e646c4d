using System.Buffers.Binary;
using System.Text;

namespace InfAdmm.Nn.Onnx;

/// <summary>Reads the fields of a message in the protocol buffer wire format one after the other.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;
    private const int MostVarintBytes = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>The value, if it is an integer.</summary>
    public long Integer { get; private set; }

    /// <summary>The value, if it is a number in single precision.</summary>
    public float Single { get; private set; }

    /// <summary>The value, if it is a text, a message or an array; otherwise empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The value as a text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Reads the next field; returns false at the end of the message.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong key = ReadVarint();
        Field = checked((int)(key >> 3));
        Bytes = default;
        switch ((int)(key & 7))
        {
            case Varint:
                Integer = (long)ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case LengthDelimited:
                Bytes = Take(ReadVarint());
                break;
            case Fixed32:
                Single = BinaryPrimitives.ReadSingleLittleEndian(Take(4));
                break;
            default:
                throw new FormatException($"a field of the unknown kind {key & 7}");
        }

        return true;
    }

    /// <summary>The integers of a field that may be repeated or packed into one array.</summary>
    public readonly IEnumerable<long> Integers()
    {
        if (Bytes.IsEmpty)
        {
            return [Integer];
        }

        var values = new List<long>();
        var packed = new ProtobufReader(Bytes);
        while (!packed._rest.IsEmpty)
        {
            values.Add((long)packed.ReadVarint());
        }

        return values;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < MostVarintBytes; i++)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("an integer of more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw new FormatException("a field extends past the end; the file may be truncated");
        }

        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
