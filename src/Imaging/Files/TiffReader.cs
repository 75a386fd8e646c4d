using System.Buffers.Binary;

namespace InfAdmm.Imaging.Files;

/// <summary>Reads the directories of a TIFF (6.0) or BigTIFF file.</summary>
internal sealed class TiffReader
{
    private readonly byte[] _file;
    private readonly bool _isBigEndian;
    private readonly bool _isBigTiff;
    private readonly Dictionary<int, (long Start, int Size)> _firstPlaces = [];
    private bool _isFirst = true;

    /// <summary>Reads the file header.</summary>
    public TiffReader(byte[] file)
    {
        _file = file;
        _isBigEndian = file.AsSpan().StartsWith("MM"u8);
        _isBigTiff = Number(2, 2) == 43;
    }

    /// <summary>
    /// Returns the integers of each directory by tag, in the order of the file; other types are omitted.
    /// </summary>
    /// <exception cref="BadPictureException">The file ends too early, or its directories form a cycle.</exception>
    public IEnumerable<IReadOnlyDictionary<int, long[]>> Directories()
    {
        var seen = new HashSet<long>();
        int size = _isBigTiff ? 8 : 4;
        for (long at = Number(_isBigTiff ? 8 : 4, size); at != 0;)
        {
            if (!seen.Add(at))
            {
                throw BadPictureException.Damaged("its directories form a cycle");
            }

            int countSize = _isBigTiff ? 8 : 2;
            int entrySize = _isBigTiff ? 20 : 12;
            long entries = at + countSize;
            long count = Number(at, countSize);
            CheckRange(entries, count, entrySize);
            var directory = new Dictionary<int, long[]>();
            for (long i = 0; i < count; i++)
            {
                ReadEntry(entries + i * entrySize, directory);
            }

            _isFirst = false;
            yield return directory;
            at = Number(entries + count * entrySize, size);
        }
    }

    private void ReadEntry(long at, Dictionary<int, long[]> directory)
    {
        int tag = (int)Number(at, 2);
        int type = (int)Number(at + 2, 2);
        int offsetSize = _isBigTiff ? 8 : 4;
        long count = Number(at + 4, offsetSize);
        int size = SizeOf(type);
        long start = at + 4 + offsetSize;
        if (count > offsetSize / size)
        {
            start = Number(start, offsetSize);
        }

        CheckRange(start, count, size);
        if (type is 3 or 4 or 16)
        {
            if (_isFirst)
            {
                _firstPlaces[tag] = (start, size);
            }

            directory[tag] = [.. Enumerable.Range(0, (int)count).Select(i => Number(start + (long)i * size, size))];
        }
    }

    /// <summary>
    /// Lowers a number of the first directory to at most a limit, in the bytes of the file, where the decoder reads it.
    /// Call after <see cref="Directories"/>.
    /// </summary>
    public void Lower(int tag, long most)
    {
        if (!_firstPlaces.TryGetValue(tag, out (long Start, int Size) place) || Number(place.Start, place.Size) <= most)
        {
            return;
        }

        for (int i = 0; i < place.Size; i++)
        {
            int shift = 8 * (_isBigEndian ? place.Size - 1 - i : i);
            _file[place.Start + i] = (byte)(most >> shift);
        }
    }

    /// <summary>Checks that a number of elements lie within the file.</summary>
    public void CheckRange(long start, long count, int size)
    {
        if (start < 0 || count < 0 || count > _file.Length || start + count * size > _file.Length)
        {
            throw BadPictureException.Damaged("it ends too early");
        }
    }

    private long Number(long at, int size)
    {
        CheckRange(at, 1, size);
        ReadOnlySpan<byte> bytes = _file.AsSpan((int)at, size);
        return (size, _isBigEndian) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            (4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            (_, true) => BinaryPrimitives.ReadInt64BigEndian(bytes),
            (_, false) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
    }

    /// <summary>The size in bytes of an element of a type; 1 for unknown types, which readers must skip.</summary>
    private static int SizeOf(int type) => type switch
    {
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 1,
    };
}
