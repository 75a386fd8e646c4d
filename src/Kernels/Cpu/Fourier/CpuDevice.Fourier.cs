using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>
    /// Planes are transformed in groups: this many floats for each thread, so that a group stays in the second-level
    /// caches between the two axes.
    /// </summary>
    private const long GroupFloatsPerThread = CacheSizes.SecondLevel / sizeof(float);

    private readonly Dictionary<int, FftPlan> _fftPlans = [];

    protected override void RealFft2Core(Tensor x, Tensor spectrum)
    {
        var grid = new FftGrid(x.Shape.H, x.Shape.W, S.Width);
        Fft* rowPlan = PlanOf(grid.Width);
        Fft* columnPlan = PlanOf(grid.Height);
        int group = PlanesAtOnce(grid, x.Shape.Planes);
        float* blocks = FourierScratch(grid, group, rowPlan, columnPlan, out float* work, out long workLength);
        for (int plane = 0; plane < x.Shape.Planes; plane += group)
        {
            int planes = Math.Min(group, x.Shape.Planes - plane);
            var rows = new FftRows<S, V>
            {
                Grid = grid,
                Plan = rowPlan,
                Image = Pointer(x) + (nint)plane * x.Shape.PlaneSize,
                Blocks = blocks,
                Pairs = planes * grid.Pairs,
                Work = work,
                WorkLength = workLength,
            };
            _pool.Run(rows, (rows.Pairs + S.Width - 1) / S.Width);
            var columns = new FftColumns<S, V>
            {
                Grid = grid,
                Plan = columnPlan,
                Blocks = blocks,
                Spectrum = Pointer(spectrum) + (nint)plane * spectrum.Shape.PlaneSize,
                Work = work,
                WorkLength = workLength,
            };
            _pool.Run(columns, planes * grid.Blocks);
        }
    }

    protected override void InverseRealFft2Core(Tensor spectrum, Tensor x)
    {
        var grid = new FftGrid(x.Shape.H, x.Shape.W, S.Width);
        Fft* rowPlan = PlanOf(grid.Width);
        Fft* columnPlan = PlanOf(grid.Height);
        int group = PlanesAtOnce(grid, x.Shape.Planes);
        float* blocks = FourierScratch(grid, group, rowPlan, columnPlan, out float* work, out long workLength);
        for (int plane = 0; plane < x.Shape.Planes; plane += group)
        {
            int planes = Math.Min(group, x.Shape.Planes - plane);
            var columns = new FftInverseColumns<S, V>
            {
                Grid = grid,
                Plan = columnPlan,
                Blocks = blocks,
                Spectrum = Pointer(spectrum) + (nint)plane * spectrum.Shape.PlaneSize,
                Work = work,
                WorkLength = workLength,
            };
            _pool.Run(columns, planes * grid.Blocks);
            var rows = new FftInverseRows<S, V>
            {
                Grid = grid,
                Plan = rowPlan,
                ColumnPlan = columnPlan,
                Image = Pointer(x) + (nint)plane * x.Shape.PlaneSize,
                Blocks = blocks,
                Pairs = planes * grid.Pairs,
                Work = work,
                WorkLength = workLength,
            };
            _pool.Run(rows, (rows.Pairs + S.Width - 1) / S.Width);
        }
    }

    private int PlanesAtOnce(FftGrid grid, int planes) =>
        (int)Math.Clamp(GroupFloatsPerThread * Threads / grid.PlaneSize, 1, planes);

    private float* FourierScratch(
        FftGrid grid, int planes, Fft* rowPlan, Fft* columnPlan, out float* work, out long workLength)
    {
        long blocks = CacheSizes.Aligned(planes * grid.PlaneSize);
        workLength = CacheSizes.Aligned(Math.Max(
            FftRows<S, V>.WorkFloats(grid, rowPlan), 2L * S.Width * columnPlan->WorkLength));
        float* scratch = Scratch(blocks + Threads * workLength);
        work = scratch + blocks;
        return scratch;
    }

    private Fft* PlanOf(int length)
    {
        if (!_fftPlans.TryGetValue(length, out FftPlan? plan))
        {
            _fftPlans[length] = plan = new FftPlan(length);
        }

        return plan.Table;
    }
}
