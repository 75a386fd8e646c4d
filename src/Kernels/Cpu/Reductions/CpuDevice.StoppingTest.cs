using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>Boyd's stopping rule, computed from seven sums. A NaN fails the test.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void StoppingTestCore(Tensor sums, Tensor rule, Tensor verdict)
    {
        float* sum = Pointer(sums);
        float* bounds = Pointer(rule);
        double rho = bounds[0];
        double floor = bounds[1];
        double relative = bounds[2];
        double primal = Math.Sqrt(sum[0]);
        double primalBound = floor + relative * Math.Sqrt(Math.Max(sum[3], sum[4]));
        double dual = 2 * rho * Math.Sqrt(sum[1]);
        double dualBound = floor + relative * 2 * rho * Math.Sqrt(sum[2]);
        *Pointer(verdict) = primal <= primalBound && dual <= dualBound ? 1 : 0;
    }
}
