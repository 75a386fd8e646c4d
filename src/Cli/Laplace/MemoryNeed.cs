using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Laplace;

/// <summary>Rejects a <c>laplace</c> run that does not fit into memory, before anything is allocated.</summary>
internal static class MemoryNeed
{
    /// <summary>
    /// A lower bound of the bytes per pixel of x in a run: the truth, five iterates of ADMM, the copies that
    /// <see cref="RecordedRun"/> makes, and q, z and the reference for z in double precision.
    /// </summary>
    private const double BytesPerPixel = 64;

    /// <summary>The bytes per pixel and solver for x, z and w, which are kept for each solver.</summary>
    private const double BytesPerPixelAndSolver = 12;

    /// <summary>Checks that the run fits into memory and each tensor into an array.</summary>
    /// <param name="what">The option and its value, or the file, for the message.</param>
    /// <param name="reduce">What the user should make smaller, for the message.</param>
    /// <param name="channels">The channels of x.</param>
    /// <param name="height">The height of x, in pixels.</param>
    /// <param name="width">The width of x, in pixels.</param>
    /// <param name="solvers">The number of solvers to run.</param>
    /// <exception cref="InputException">The run does not fit.</exception>
    public static void Check(string what, string reduce, int channels, long height, long width, int solvers)
    {
        // Computed in floating point, because the product of three large extents could overflow.
        double pixels = (double)channels * height * width;
        double needed = pixels * (BytesPerPixel + BytesPerPixelAndSolver * solvers);
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (pixels <= int.MaxValue && needed <= available)
        {
            return;
        }

        throw new InputException(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: x would have {channels}x{height}x{width} values, and the run would need at least ") +
            string.Create(
                CultureInfo.InvariantCulture,
                $"{needed / 1e9:0.#} GB of memory, but only {available / 1e9:0.#} GB are available; ") +
            $"choose a smaller {reduce}");
    }
}
