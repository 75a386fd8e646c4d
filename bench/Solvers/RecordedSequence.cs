using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.ZUpdate;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// The q of every iteration of a real ADMM run with an accurate z-update, and z in double precision for some of them.
/// All solvers are measured on the same q, one after the other, so that each starts from its last solution; their own
/// run must then end at the same z.
/// </summary>
internal sealed class RecordedSequence
{
    private static readonly int[] Compared = [1, 2, 3, 5, 8, 12, 16];
    private readonly LaplaceProblem _problem;
    private readonly double _rho;
    private readonly List<float[]> _q = [];
    private readonly Dictionary<int, double[]> _z = [];
    private readonly float[] _last;

    public RecordedSequence(LaplaceProblem problem, double rho, int iterations)
    {
        _problem = problem;
        _rho = rho;
        var reference = ExactReference.Create(problem.Operator, problem.Y, rho)!;
        var context = new ZSolverContext(problem.Operator, problem.Y, rho)
        {
            InnerLoop = InnerLoopSpec.Default with { Tolerance = 1e-7f, MaxIterations = 1000 },
        };
        using IZUpdate update = ZSolvers.Create(ZSolvers.CheapestExact(problem.Operator), context);
        using Admm admm = UpdateTiming.CreateAdmm(problem, rho, update);
        for (int k = 1; k <= iterations; k++)
        {
            admm.Step();
            float[] q = admm.Q.ToArray();
            _q.Add(q);
            if (Compared.Contains(k))
            {
                _z[k] = reference.Solve(Array.ConvertAll(q, value => (double)value));
            }
        }

        _last = admm.Z.ToArray();
    }

    /// <summary>
    /// The largest relative error of z over the recorded q and at the end of the solver's own run; ends early above the
    /// goal.
    /// </summary>
    public double LargestError(Func<IZUpdate> create, double goal, out double innerIterations)
    {
        Device device = _problem.Operator.Device;
        using Tensor q = device.Allocate(_problem.Operator.ImageShape);
        using Tensor z = device.Allocate(_problem.Operator.ImageShape);
        using IZUpdate update = create();
        var counts = new List<double>();
        double largest = 0;
        for (int k = 1; k <= _q.Count && largest <= goal; k++)
        {
            device.Upload(_q[k - 1], q);
            update.Solve(q, z);
            counts.Add(update.InnerIterations);
            if (_z.TryGetValue(k, out double[]? exact))
            {
                double[] start = Array.ConvertAll(_q[k - 1], value => (double)value);
                double error = ExactReference.RelativeError(z.ToArray(), exact, start);
                largest = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(largest, error);
            }
        }

        innerIterations = counts.Median();
        return largest <= goal ? Math.Max(largest, ErrorOfOwnRun(create)) : largest;
    }

    /// <summary>
    /// The distance of the last z from that of the recorded run. Errors of all steps add up in it, so a tenth of it
    /// counts.
    /// </summary>
    private double ErrorOfOwnRun(Func<IZUpdate> create)
    {
        using IZUpdate update = create();
        using Admm admm = UpdateTiming.CreateAdmm(_problem, _rho, update);
        for (int k = 0; k < _q.Count; k++)
        {
            admm.Step();
        }

        float[] z = admm.Z.ToArray();
        double error = Math.Sqrt(z.Zip(_last, (a, b) => (a - (double)b) * (a - b)).Sum());
        return error / Math.Sqrt(_last.Sum(value => (double)value * value)) / 10;
    }
}
