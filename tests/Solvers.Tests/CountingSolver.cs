using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers.Tests;

/// <summary>The z-solver <c>fft</c>, which notes the ρ of the updates that are created, used and disposed.</summary>
/// <param name="onlyRho">The only ρ at which it applies; null for every ρ.</param>
/// <param name="setupSeconds">The least time that it takes to create an update, in seconds.</param>
internal sealed class CountingSolver(double? onlyRho = null, double setupSeconds = 0) : ZSolver
{
    private readonly ZSolver _fft = ZSolvers.Find("fft");

    public override string Name => "counting";

    public override string Colour => "#000001";

    public List<double> Created { get; } = [];

    public List<double> Solved { get; } = [];

    public List<double> Disposed { get; } = [];

    public override string? WhyNot(ZSolverContext context) =>
        onlyRho is null || context.Rho == onlyRho ? null : "it was made for one ρ only";

    public override string Describe(ZSolverContext context) => "fft, counted";

    public override IZUpdate Create(ZSolverContext context)
    {
        Created.Add(context.Rho);

        // Stands for a factorisation: only a set-up that really takes this long is kept for later runs.
        Thread.Sleep(TimeSpan.FromSeconds(setupSeconds));
        return new Update(this, _fft.Create(context), context.Rho);
    }

    private sealed class Update(CountingSolver owner, IZUpdate inner, double rho) : IZUpdate
    {
        private int _calls;

        public bool IsRecordable => false;

        /// <summary>As if a guard improved every solution.</summary>
        public int? GuardedSteps => _calls;

        public void Solve(Tensor q, Tensor z)
        {
            owner.Solved.Add(rho);
            _calls++;
            inner.Solve(q, z);
        }

        public void Dispose()
        {
            owner.Disposed.Add(rho);
            inner.Dispose();
        }
    }
}
