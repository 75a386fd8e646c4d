using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>A blur and decimation, y = S H x, and its terms from the definition.</summary>
internal sealed record BlurProblem(Shape Image, Shape Kernel, int Stride, Boundary Boundary)
{
    public Shape Measurement => Device.BlurOutput(Image, Kernel, Stride, Boundary);

    public override string ToString() =>
        $"{Boundary} {Image} {Kernel.H}x{Kernel.W} stride {Stride}";

    /// <summary>Calls back with (image pixel, kernel entry, measured pixel) for each term of y = S H x.</summary>
    public void ForEachTerm(Action<int, int, int> term)
    {
        bool valid = Boundary == Boundary.Valid;
        int firstRow = (Kernel.H - 1) / 2 + (valid ? Kernel.H / 2 : 0);
        int firstColumn = (Kernel.W - 1) / 2 + (valid ? Kernel.W / 2 : 0);
        Shape measurement = Measurement;
        for (int measured = 0; measured < measurement.Count; measured++)
        {
            int plane = measured / measurement.PlaneSize;
            int i = measured / measurement.W % measurement.H;
            int j = measured % measurement.W;
            for (int tap = 0; tap < Kernel.Count; tap++)
            {
                int row = Meet(i * Stride + firstRow - tap / Kernel.W, Image.H);
                int column = Meet(j * Stride + firstColumn - tap % Kernel.W, Image.W);
                if (row >= 0 && column >= 0)
                {
                    term((plane * Image.H + row) * Image.W + column, tap, measured);
                }
            }
        }
    }

    /// <summary>The pixel that an index maps to; −1 for zero.</summary>
    private int Meet(int index, int size)
    {
        if (index >= 0 && index < size)
        {
            return index;
        }

        return Boundary switch
        {
            Boundary.Periodic => (index + size) % size,
            Boundary.Reflect => index < 0 ? -index : 2 * (size - 1) - index,
            Boundary.Zero => -1,
            _ => throw new InvalidOperationException("a kernel leaves the image, and only whole ones count"),
        };
    }
}
