using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>A method whose result is the initial estimate of other methods.</summary>
/// <param name="start">The estimate. The method takes ownership.</param>
internal sealed class StartAsResult(IStartEstimate start) : PreparedMethod
{
    public override void Restore(Tensor x, Action<Tensor>? iterate) => start.Apply(x);

    public override void Dispose()
    {
        start.Dispose();
        base.Dispose();
    }
}
