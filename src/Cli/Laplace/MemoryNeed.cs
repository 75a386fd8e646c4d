using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>Refuses a <c>laplace</c> that this machine cannot hold, before any of it is allocated.</summary>
internal static class MemoryNeed
{
    /// <summary>
    /// A lower bound of what a pixel of x takes in a run: the truth, five iterates of ADMM, the copies that
    /// <see cref="RecordedRun"/> makes before it keeps them, and q, z and z's reference in double precision.
    /// </summary>
    private const double BytesPerPixel = 64;

    /// <summary>x, z and w, which are kept of each solver.</summary>
    private const double BytesPerPixelAndSolver = 12;

    /// <summary>Throws unless the run fits into memory and its tensors into arrays.</summary>
    /// <param name="what">The option and its value, or the file.</param>
    /// <param name="mend">What to choose smaller.</param>
    /// <param name="channels">Of x.</param>
    /// <param name="height">Of x.</param>
    /// <param name="width">Of x.</param>
    /// <param name="solvers">How many are to run.</param>
    /// <exception cref="InputException">It does not.</exception>
    public static void Check(string what, string mend, int channels, long height, long width, int solvers)
    {
        // In floating point: the product of three large extents could wrap around.
        double pixels = (double)channels * height * width;
        double needed = pixels * (BytesPerPixel + BytesPerPixelAndSolver * solvers);
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (pixels <= int.MaxValue && needed <= available)
        {
            return;
        }

        throw new InputException(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: x would have {channels}x{height}x{width} values, and the run need at least ") +
            string.Create(
                CultureInfo.InvariantCulture,
                $"{needed / 1e9:0.#} GB of memory, of which there are {available / 1e9:0.#}; ") +
            $"choose a smaller {mend}");
    }
}
