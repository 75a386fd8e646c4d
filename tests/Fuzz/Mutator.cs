namespace InfAdmm.Fuzz;

/// <summary>Damages a file in the ways in which files get damaged, or are made to harm: reproducible from a seed.</summary>
internal static class Mutator
{
    private const int MostSteps = 6;

    /// <summary>Numbers that break arithmetic when they are taken for a length or an offset.</summary>
    private static readonly uint[] Traps = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

    /// <summary>A damaged copy of a file.</summary>
    public static byte[] Mutate(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        int steps = random.Next(1, MostSteps + 1);
        for (int step = 0; step < steps && bytes.Count > 0; step++)
        {
            // Most of a format's logic is in its first bytes.
            int at = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Count, 128)) : random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 64), bytes.Count - at));
                    break;
                case 4:
                    byte[] piece = [.. bytes.Skip(random.Next(bytes.Count)).Take(random.Next(1, 64))];
                    bytes.InsertRange(at, piece);
                    break;
                case 5:
                    byte[] digits = [.. bytes.Skip(at).Take(8).Select(b => b is >= (byte)'0' and <= (byte)'9' ? (byte)'9' : b)];
                    digits.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)[at..]);
                    break;
                default:
                    PutNumber(bytes, at, Traps[random.Next(Traps.Length)], random);
                    break;
            }
        }

        return [.. bytes];
    }

    private static void PutNumber(List<byte> bytes, int at, uint number, Random random)
    {
        int width = 1 << random.Next(3);
        bool isBig = random.Next(2) == 0;
        for (int i = 0; i < width && at + i < bytes.Count; i++)
        {
            bytes[at + i] = (byte)(number >> (8 * (isBig ? width - 1 - i : i)));
        }
    }
}
