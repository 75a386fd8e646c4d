using System.Numerics;
using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Solvers.Proximal;

/// <summary>
/// The proximal operator of the isotropic total variation R(x) = Σ |∇x|, forward differences that end at the border, on
/// images within a range: fast gradient projection (Beck and Teboulle, IEEE TIP 18(11):2419, 2009). The dual p of unit
/// length bounds |∇x|, and x = clip(v − τ L p):
/// <code>
/// u = clip(v − τ L r),  p⁺ = project(r + Lᵀu / (8τ)),  r = p⁺ + (t − 1)/t⁺ (p⁺ − p),  t⁺ = (1 + √(1 + 4t²))/2
/// </code>
/// The number of steps is fixed, and each call starts where the last one ended, so that the dual converges along with
/// ADMM. Runs on the host, in float32.
/// </summary>
/// <remarks>
/// Rows are padded by one vector on the left and to whole vectors on the right, planes by one row above and below. The
/// padding is zero or masked out, so that no step needs a special case for the border.
/// </remarks>
public sealed class TotalVariation : IProximal
{
    /// <summary>The number of pixels below which a second thread costs more than it saves.</summary>
    private const int LeastShared = 20_000;

    private static readonly int Lanes = Vector<float>.Count;

    private readonly Shape _shape;
    private readonly int _channelsTogether;
    private readonly int _steps;
    private readonly Vector<float> _low;
    private readonly Vector<float> _high;
    private readonly int _workers;
    private readonly int _stride;
    private readonly int _planeSize;
    private readonly float[] _image;
    private readonly float[] _v;
    private readonly float[] _u;
    private readonly float[] _mask;
    private readonly float[][] _dual;
    private readonly float[][] _extrapolated;

    /// <summary>Creates the operator for one shape.</summary>
    /// <param name="shape">The shape of v and x.</param>
    /// <param name="threads">The maximum number of host threads.</param>
    /// <param name="steps">The number of gradient projections per call.</param>
    /// <param name="joint">
    /// True if |∇x| is taken over all channels together, so that edges are at the same position in each; false if R is
    /// the sum over the channels.
    /// </param>
    /// <param name="low">The minimum value of x.</param>
    /// <param name="high">The maximum value of x.</param>
    public TotalVariation(
        Shape shape,
        int threads = 1,
        int steps = 10,
        bool joint = true,
        float low = float.NegativeInfinity,
        float high = float.PositiveInfinity)
    {
        _shape = shape;
        _channelsTogether = joint ? shape.C : 1;
        _steps = steps;
        _low = new Vector<float>(low);
        _high = new Vector<float>(high);
        _workers = shape.Count < LeastShared ? 1 : Math.Max(threads, 1);
        _stride = Lanes + (shape.W + Lanes - 1) / Lanes * Lanes;
        _planeSize = (shape.H + 2) * _stride;
        int length = checked(shape.Planes * _planeSize + Lanes);
        _image = new float[shape.Count];
        _v = new float[length];
        _u = new float[length];
        _dual = [new float[length], new float[length]];
        _extrapolated = [new float[length], new float[length]];
        _mask = new float[_stride];
        _mask.AsSpan(Lanes, shape.W - 1).Fill(1);
    }

    /// <inheritdoc/>
    public bool IsRecordable => false;

    /// <summary>Discards the state of the last call, before another image.</summary>
    public void Reset()
    {
        Array.Clear(_dual[0]);
        Array.Clear(_dual[1]);
    }

    /// <inheritdoc/>
    public void Apply(Tensor v, Tensor tau, Tensor x)
    {
        v.Device.Download(v, _image);
        Apply(_image, tau.ToScalar());
        x.Device.Upload(_image, x);
    }

    /// <summary>The same on the host, in place.</summary>
    public void Apply(Span<float> image, float tau)
    {
        if (!(tau > 0))
        {
            // Without weight, only the constraint is left.
            foreach (ref float value in image)
            {
                value = Math.Clamp(value, _low[0], _high[0]);
            }

            return;
        }

        CopyRows(image, toImage: false);
        _dual[0].CopyTo(_extrapolated[0], 0);
        _dual[1].CopyTo(_extrapolated[1], 0);
        double t = 1;
        for (int step = 0; step < _steps; step++)
        {
            double next = (1 + Math.Sqrt(1 + 4 * t * t)) / 2;
            float momentum = (float)((t - 1) / next);
            InParallel(_shape.Planes, (plane, row) => Primal(plane, row, tau, _extrapolated));
            InParallel(_shape.Planes / _channelsTogether, (group, row) => Project(group, row, 1 / (8 * tau), momentum));
            t = next;
        }

        InParallel(_shape.Planes, (plane, row) => Primal(plane, row, tau, _dual));
        CopyRows(image, toImage: true);
    }

    /// <summary>u = clip(v − τ L p) on one row, (L p)_ij = p_ij − p_(i−1)j + q_ij − q_i(j−1).</summary>
    private void Primal(int plane, int row, float tau, float[][] dual)
    {
        int at = RowStart(plane, row);
        var factor = new Vector<float>(tau);
        for (int end = at + _stride - Lanes; at < end; at += Lanes)
        {
            Vector<float> divergence = Load(dual[0], at) - Load(dual[0], at - _stride)
                + Load(dual[1], at) - Load(dual[1], at - 1);
            Vector<float> value = Load(_v, at) - factor * divergence;
            Vector.Min(Vector.Max(value, _low), _high).CopyTo(_u, at);
        }
    }

    /// <summary>
    /// One projected step of the dual on one row of the channels that share a gradient, and its momentum.
    /// </summary>
    private void Project(int group, int row, float step, float momentum)
    {
        var factor = new Vector<float>(step);
        var inertia = new Vector<float>(momentum);
        var below = new Vector<float>(row == _shape.H - 1 ? 0 : step);
        (float[] vertical, float[] horizontal) = (_extrapolated[0], _extrapolated[1]);
        int first = RowStart(group * _channelsTogether, row);
        for (int j = 0; j < _stride - Lanes; j += Lanes)
        {
            Vector<float> square = Vector<float>.Zero;
            Vector<float> mask = Load(_mask, Lanes + j);
            for (int c = 0; c < _channelsTogether; c++)
            {
                int at = first + c * _planeSize + j;
                Vector<float> u = Load(_u, at);
                Vector<float> p = Load(vertical, at) + below * (u - Load(_u, at + _stride));
                Vector<float> q = mask * (Load(horizontal, at) + factor * (u - Load(_u, at + 1)));
                square += p * p + q * q;
                p.CopyTo(vertical, at);
                q.CopyTo(horizontal, at);
            }

            Vector<float> scale = Vector<float>.One / Vector.Max(Vector<float>.One, Vector.SquareRoot(square));
            for (int c = 0; c < _channelsTogether; c++)
            {
                int at = first + c * _planeSize + j;
                Advance(0, at, scale, inertia);
                Advance(1, at, scale, inertia);
            }
        }
    }

    private void Advance(int direction, int at, Vector<float> scale, Vector<float> inertia)
    {
        Vector<float> projected = scale * Load(_extrapolated[direction], at);
        Vector<float> last = Load(_dual[direction], at);
        projected.CopyTo(_dual[direction], at);
        (projected + inertia * (projected - last)).CopyTo(_extrapolated[direction], at);
    }

    private void InParallel(int planes, Action<int, int> work)
    {
        int rows = planes * _shape.H;
        if (_workers == 1)
        {
            Work(0, rows);
            return;
        }

        Parallel.For(
            0, _workers, new ParallelOptions { MaxDegreeOfParallelism = _workers },
            worker => Work((int)((long)rows * worker / _workers), (int)((long)rows * (worker + 1) / _workers)));

        void Work(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                work(i / _shape.H, i % _shape.H);
            }
        }
    }

    private void CopyRows(Span<float> image, bool toImage)
    {
        for (int i = 0; i < _shape.Planes * _shape.H; i++)
        {
            Span<float> row = image.Slice(i * _shape.W, _shape.W);
            int at = RowStart(i / _shape.H, i % _shape.H);
            if (toImage)
            {
                _u.AsSpan(at, _shape.W).CopyTo(row);
            }
            else
            {
                row.CopyTo(_v.AsSpan(at));
            }
        }
    }

    private int RowStart(int plane, int row) => plane * _planeSize + (row + 1) * _stride + Lanes;

    private static Vector<float> Load(float[] values, int at) =>
        Vector.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(values), (nuint)at);
}
