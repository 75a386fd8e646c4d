using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Solvers.Inverse;

/// <summary>The architecture of a learned inverse: both are W Wᵀ with the same layers and tied weights.</summary>
public enum InverseArchitecture
{
    /// <summary>The paper's Table 4, with its ReLUs.</summary>
    Paper,

    /// <summary>The same without ReLU: it is equivalent to one small symmetric kernel.</summary>
    Linear,
}

/// <summary>
/// C_φ = W_φ W_φᵀ of the paper's Table 4: ConvT(4,4, c→32, W0) · ConvT(4,4, 32→64, W1) · Conv(4,4, 64→32, W1) ·
/// Conv(4,4, 32→c, W0), all stride 1, circular, without bias, the ReLU between layers in the paper's form only
/// (docs/mathematics.md §4). Without bias the network is positively homogeneous, so it holds for residuals of every
/// size.
/// </summary>
public sealed class InverseNetwork : Layer
{
    private const int Outer = 32;
    private const int Inner = 64;
    private const int KernelSize = 4;

    private readonly Parameter _outer;
    private readonly Parameter _inner;
    private readonly Layer[] _layers;

    /// <summary>Creates the network with weights 0.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="architecture">The architecture, with or without ReLU.</param>
    /// <param name="channels">
    /// The channels of y; 1 is sufficient for every operator that acts on each channel separately.
    /// </param>
    /// <param name="boundary">
    /// The boundary of A: the layers wrap around if it is periodic, and pad with zeros otherwise.
    /// </param>
    public InverseNetwork(
        Device device, InverseArchitecture architecture, int channels = 1, Boundary boundary = Boundary.Periodic)
    {
        Architecture = architecture;
        Padding padding = boundary == Boundary.Periodic ? Padding.SameCircular : Padding.Same;
        _outer = new Parameter(device, new Shape(channels, Outer, KernelSize, KernelSize));
        _inner = new Parameter(device, new Shape(Outer, Inner, KernelSize, KernelSize));
        Activation activation = architecture == InverseArchitecture.Paper ? Activation.Relu : Activation.None;
        _layers =
        [
            Register("expand0", new ConvTranspose2d(_outer, padding: padding, activation: activation)),
            Register("expand1", new ConvTranspose2d(_inner, padding: padding, activation: activation)),
            Register("reduce1", new Conv2d(_inner, padding: padding, activation: activation)),
            Register("reduce0", new Conv2d(_outer, padding: padding)),
        ];
    }

    /// <summary>The architecture, with or without ReLU.</summary>
    public InverseArchitecture Architecture { get; }

    /// <summary>The side of the collapsed kernel: W spans 7 pixels, W Wᵀ 13.</summary>
    public static int CollapsedSize => 2 * CollapsedRadius + 1;

    private static int CollapsedRadius => 2 * (KernelSize - 1);

    /// <summary>W0, (channels, 32, 4, 4).</summary>
    internal Tensor OuterWeights => _outer.Data;

    /// <summary>
    /// Draws random weights such that W Wᵀ has a unit diagonal on average. The ReLU network starts "looks-linear"
    /// (Balduzzi et al., ICML 2017): filters come in pairs of opposite sign, so that relu(a) − relu(−a) = a, and the
    /// untrained network is a linear map.
    /// </summary>
    public void Initialize(ulong seed, bool looksLinear = true)
    {
        bool paired = looksLinear && Architecture == InverseArchitecture.Paper;
        int outer = paired ? Outer / 2 : Outer;
        int inner = paired ? Inner / 2 : Inner;
        double terms = (double)outer * inner * Math.Pow(KernelSize, 4);
        float scale = (float)Math.Pow(terms, -0.25);
        FillWeights(_outer.Data, seed, stream: 1, scale, pairRows: false, pairColumns: paired);
        FillWeights(_inner.Data, seed, stream: 2, scale, pairRows: paired, pairColumns: paired);
    }

    /// <summary>C x for x of shape (N, channels, H, W), layer by layer.</summary>
    public override Variable Forward(Variable x) => _layers.Aggregate(x, (value, layer) => layer.Forward(value));

    /// <inheritdoc/>
    public override NetworkNode Trace(NetworkNode x) => _layers.Aggregate(x, (value, layer) => layer.Trace(value));

    /// <summary>
    /// The linear network as one kernel (1, 1, 13, 13): the full convolution of W0 with W1 gives the 64 filters of W,
    /// 7×7 each, and the sum of their autocorrelations is W Wᵀ. Differentiable and exact: training the kernel is
    /// training the layers, at a hundredth of the cost.
    /// </summary>
    public Variable Collapse(Graph graph)
    {
        int full = 2 * KernelSize - 1;
        Variable filters = Functional.ConvTranspose2d(
            graph.Use(_outer), _inner, null, Conv2dSpec.Valid(), new Shape(1, Inner, full, full));
        int pad = full - 1;
        var spec = new Conv2dSpec(1, pad, pad, pad, pad, Boundary.Zero);
        return Functional.Conv2d(filters, filters, null, spec);
    }

    private static void FillWeights(
        Tensor weights, ulong seed, ulong stream, float scale, bool pairRows, bool pairColumns)
    {
        Device device = weights.Device;
        Shape shape = weights.Shape;
        device.FillNormal(seed, stream, weights);
        device.Scale(scale, weights, weights);
        int rows = pairRows ? shape.N / 2 : shape.N;
        int columns = pairColumns ? shape.C / 2 : shape.C;
        int filter = shape.H * shape.W;
        float[] values = weights.ToArray();
        for (int row = 0; row < shape.N; row++)
        {
            for (int column = 0; column < shape.C; column++)
            {
                int source = (row % rows * shape.C + column % columns) * filter;
                int target = (row * shape.C + column) * filter;
                int sign = row / rows == column / columns ? 1 : -1;
                sign = pairRows ? sign : column / columns == 0 ? 1 : -1;
                for (int i = 0; i < filter; i++)
                {
                    values[target + i] = sign * values[source + i];
                }
            }
        }

        device.Upload(values, weights);
    }
}
