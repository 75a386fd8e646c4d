namespace InfAdmm.Engine;

public abstract partial class Device
{
    /// <summary>The number of sums that <see cref="IterateSums"/> computes.</summary>
    public const int IterateSumCount = 7;

    // ---- Copies and generators ------------------------------------------------------------------------------

    /// <summary>y = x. The shapes may differ if their element counts are equal.</summary>
    public void Copy(Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Copy));
        CopyCore(x, y);
    }

    /// <summary>
    /// Copies <paramref name="count"/> channels of every image of x, starting at channel <paramref name="from"/>, to
    /// the channels of y that start at <paramref name="to"/>; the other channels of y are unchanged. Used to join and
    /// split along channels.
    /// </summary>
    public void CopyChannels(Tensor x, int from, int count, Tensor y, int to)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, x.Shape with { C = y.Shape.C }, nameof(CopyChannels), nameof(y));
        CheckDistinct(x, y, nameof(CopyChannels));
        if (count < 1 || from < 0 || to < 0 || count > x.Shape.C - from || count > y.Shape.C - to)
        {
            throw new ShapeException(
                $"{nameof(CopyChannels)}: {count} channels from {from} of {x.Shape} cannot be copied to {to} of "
                + $"{y.Shape}");
        }

        CopyChannelsCore(x, from, count, y, to);
    }

    /// <summary>Sets every element to <paramref name="value"/>.</summary>
    public void Fill(float value, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y);
        FillCore(value, y);
    }

    /// <summary>
    /// Standard normal noise from the counter-based generator Philox4x32-10 (Salmon et al., SC'11) and the
    /// Box–Muller transform. Element i depends only on (seed, stream, i), not on the device or the thread count.
    /// </summary>
    public void FillNormal(ulong seed, ulong stream, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y);
        FillNormalCore(seed, stream, y);
    }

    // ---- Elementwise ----------------------------------------------------------------------------------------

    /// <summary>result = alpha·x + beta·y. The result may be x or y.</summary>
    public void Combine(float alpha, Tensor x, float beta, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(Combine));
        CheckSameCount(x, result, nameof(Combine));
        CombineCore(alpha, x, beta, y, result);
    }

    /// <summary>y = alpha·x. y may be x.</summary>
    public void Scale(float alpha, Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Scale));
        ScaleCore(alpha, x, y);
    }

    /// <summary>y = max(x, 0). y may be x. A NaN stays NaN.</summary>
    public void Relu(Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Relu));
        ReluCore(x, y);
    }

    /// <summary>gx = gy where y, the output of the ReLU, is positive, else 0. gx may be gy.</summary>
    public void ReluBackward(Tensor y, Tensor gy, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, gy, gx);
        CheckSameCount(y, gy, nameof(ReluBackward));
        CheckSameCount(y, gx, nameof(ReluBackward));
        ReluBackwardCore(y, gy, gx);
    }

    /// <summary>y = x where x is positive, else slope·x, 0 &lt; slope &lt; 1. y may be x. A NaN stays NaN.</summary>
    public void LeakyRelu(Tensor x, float slope, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(LeakyRelu));
        LeakyReluCore(x, slope, y);
    }

    /// <summary>gx = gy where y, the output of the leaky ReLU, is positive, else slope·gy. gx may be gy.</summary>
    public void LeakyReluBackward(Tensor y, Tensor gy, float slope, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, gy, gx);
        CheckSameCount(y, gy, nameof(LeakyReluBackward));
        CheckSameCount(y, gx, nameof(LeakyReluBackward));
        LeakyReluBackwardCore(y, gy, slope, gx);
    }

    /// <summary>y = 1 / (1 + exp(−x)). y may be x. A NaN stays NaN.</summary>
    public void Sigmoid(Tensor x, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckSameCount(x, y, nameof(Sigmoid));
        SigmoidCore(x, y);
    }

    /// <summary>gx = gy·y·(1 − y), where y is the output of the sigmoid. gx may be gy.</summary>
    public void SigmoidBackward(Tensor y, Tensor gy, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, gy, gx);
        CheckSameCount(y, gy, nameof(SigmoidBackward));
        CheckSameCount(y, gx, nameof(SigmoidBackward));
        SigmoidBackwardCore(y, gy, gx);
    }

    /// <summary>
    /// y = sign(x)·max(|x| − tau, 0), the proximal operator of tau·‖·‖₁. y may be x. A NaN stays NaN. tau is a scalar
    /// on the device, so that recorded work can be launched with a different value.
    /// </summary>
    public void SoftThreshold(Tensor x, Tensor tau, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, tau, y);
        CheckShape(tau, Shape.Scalar, nameof(SoftThreshold), nameof(tau));
        CheckSameCount(x, y, nameof(SoftThreshold));
        SoftThresholdCore(x, tau, y);
    }

    /// <summary>
    /// w = q − z, x = sign(z − w)·max(|z − w| − tau, 0), q = x + w in one pass: the dual update and the next x-update
    /// of ADMM with an l1 prior. On entry q is the point that the last z-update started from, on return the point for
    /// the next one. x is a separate tensor; tau is a scalar on the device. Moves 16 bytes per element where four
    /// separate ops would move 44.
    /// </summary>
    public void SoftThresholdReflected(Tensor z, Tensor tau, Tensor q, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(z, q, x);
        CheckOwn(tau);
        CheckShape(tau, Shape.Scalar, nameof(SoftThresholdReflected), nameof(tau));
        CheckSameCount(z, q, nameof(SoftThresholdReflected));
        CheckSameCount(z, x, nameof(SoftThresholdReflected));
        CheckDistinct(z, x, nameof(SoftThresholdReflected));
        CheckDistinct(z, q, nameof(SoftThresholdReflected));
        CheckDistinct(q, x, nameof(SoftThresholdReflected));
        SoftThresholdReflectedCore(z, tau, q, x);
    }

    // ---- Reductions: accumulated in double, in an order that does not depend on the thread count ------------------

    /// <summary>result[0] = Σ x·y.</summary>
    public void Dot(Tensor x, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(Dot));
        CheckShape(result, Shape.Scalar, nameof(Dot), nameof(result));
        DotCore(x, y, result);
    }

    /// <summary>result[0] = Σ |x|.</summary>
    public void SumOfMagnitudes(Tensor x, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, result);
        CheckShape(result, Shape.Scalar, nameof(SumOfMagnitudes), nameof(result));
        SumOfMagnitudesCore(x, result);
    }

    /// <summary>result[0] = Σ (x − y)².</summary>
    public void SquaredDistance(Tensor x, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(SquaredDistance));
        CheckShape(result, Shape.Scalar, nameof(SquaredDistance), nameof(result));
        SquaredDistanceCore(x, y, result);
    }

    /// <summary>result[0] = Σ |x − y|.</summary>
    public void AbsoluteDistance(Tensor x, Tensor y, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, result);
        CheckSameCount(x, y, nameof(AbsoluteDistance));
        CheckShape(result, Shape.Scalar, nameof(AbsoluteDistance), nameof(result));
        AbsoluteDistanceCore(x, y, result);
    }

    /// <summary>
    /// gx = scale·sign(x − y), 0 where x and y are equal: a subgradient of scale·Σ |x − y|. gx may be x or y.
    /// </summary>
    public void AbsoluteDistanceBackward(float scale, Tensor x, Tensor y, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y, gx);
        CheckSameCount(x, y, nameof(AbsoluteDistanceBackward));
        CheckSameCount(x, gx, nameof(AbsoluteDistanceBackward));
        AbsoluteDistanceBackwardCore(scale, x, y, gx);
    }

    /// <summary>
    /// Boyd's stopping rule (Boyd et al. 2011, §3.3), computed from the sums of <see cref="IterateSums"/>: verdict[0] =
    /// 1 if ‖x − z‖ ≤ floor + ε·max(‖x‖, ‖z‖) and 2ρ‖z − previousZ‖ ≤ floor + ε·2ρ‖q − z‖, else 0. rule (1, 1, 1, 3)
    /// holds ρ, floor = ε_abs·√n and ε on the device. A NaN among the sums gives 0.
    /// </summary>
    public void StoppingTest(Tensor sums, Tensor rule, Tensor verdict)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(sums, rule, verdict);
        CheckShape(sums, Shape.Vector(IterateSumCount), nameof(StoppingTest), nameof(sums));
        CheckShape(rule, Shape.Vector(3), nameof(StoppingTest), nameof(rule));
        CheckShape(verdict, Shape.Scalar, nameof(StoppingTest), nameof(verdict));
        StoppingTestCore(sums, rule, verdict);
    }

    /// <summary>
    /// The sums for the residuals and the objective of an ADMM iterate, in one pass of 16 bytes per element. sums
    /// (1, 1, 1, 7) receives Σ (x − z)², Σ (z − previousZ)², Σ (q − z)² (of the scaled dual), Σ x², Σ z², Σ |x| and
    /// Σ |z|.
    /// </summary>
    public void IterateSums(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, z, previousZ);
        CheckOwn(q, sums);
        CheckSameCount(x, z, nameof(IterateSums));
        CheckSameCount(x, previousZ, nameof(IterateSums));
        CheckSameCount(x, q, nameof(IterateSums));
        CheckShape(sums, Shape.Vector(IterateSumCount), nameof(IterateSums), nameof(sums));
        IterateSumsCore(x, z, previousZ, q, sums);
    }

    // ---- Dense linear algebra ---------------------------------------------------------------------------------

    /// <summary>c = a·b for matrices a (1, 1, m, k), b (1, 1, k, n), c (1, 1, m, n).</summary>
    public void MatMul(Tensor a, Tensor b, Tensor c)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(a, b, c);
        CheckShape(b, Shape.Matrix(a.Shape.W, b.Shape.W), nameof(MatMul), nameof(b));
        CheckShape(c, Shape.Matrix(a.Shape.H, b.Shape.W), nameof(MatMul), nameof(c));
        CheckDistinct(a, c, nameof(MatMul));
        CheckDistinct(b, c, nameof(MatMul));
        MatMulCore(a, b, c);
    }

    /// <summary>
    /// Solves L x = b, or Lᵀ x = b if <paramref name="transposed"/> is true, by substitution. L (1, 1, m, m) is lower
    /// triangular; its upper part is not read. b and x hold one or more systems of m elements each; x may be b.
    /// </summary>
    public void SolveTriangular(Tensor factor, bool transposed, Tensor b, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(factor, b, x);
        CheckSameCount(b, x, nameof(SolveTriangular));
        int size = factor.Shape.W;
        CheckShape(factor, Shape.Matrix(size, size), nameof(SolveTriangular), nameof(factor));
        if (b.Count % size != 0)
        {
            throw new ShapeException(
                $"{nameof(SolveTriangular)}: {b.Shape} must hold a multiple of {size} elements, the size of a system");
        }

        SolveTriangularCore(factor, transposed, b, x);
    }

    /// <summary>
    /// One iteration of conjugate gradients (Hestenes and Stiefel 1952) for G s = b, given the image G p of the search
    /// direction p. The solution s, the residual r and p are updated in place. state[0] holds ‖r‖² of the current
    /// residual on entry and of the next one on return, so no scalar is copied to the host. If pᵀGp is zero, nothing
    /// changes.
    /// </summary>
    public void ConjugateGradientStep(Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(direction, image, solution);
        CheckOwn(residual, state);
        CheckSameCount(direction, image, nameof(ConjugateGradientStep));
        CheckSameCount(direction, solution, nameof(ConjugateGradientStep));
        CheckSameCount(direction, residual, nameof(ConjugateGradientStep));
        CheckShape(state, Shape.Scalar, nameof(ConjugateGradientStep), nameof(state));
        ConjugateGradientStepCore(direction, image, solution, residual, state);
    }

    // ---- Convolution layers: correlation, as in every deep-learning library ---------------------------------------

    /// <summary>
    /// y[n,o,i,j] = act(bias[o] + Σ x̄[n,c,i·s+k,j·s+l]·w[o,c,k,l]), where x̄ is x padded as the spec says. x (N, Cin,
    /// H, W), weights (Cout, Cin, Kh, Kw), bias (1, Cout, 1, 1) or null; the shape of y is that of
    /// <see cref="Conv2dSpec.Output"/>. A backend may use minimal filtering; the error is at most 1e-5 of the largest
    /// output.
    /// </summary>
    public void Conv2d(Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, weights, y);
        CheckShape(y, spec.Output(x.Shape, weights.Shape), nameof(Conv2d), nameof(y));
        CheckBias(bias, weights.Shape.N, nameof(Conv2d));
        CheckDistinct(x, y, nameof(Conv2d));
        Conv2dCore(x, weights, bias, spec, activation, y);
    }

    /// <summary>
    /// The adjoint of <see cref="Conv2d"/> (without bias and activation) with respect to x: the gradient of its input,
    /// and the forward pass of a transposed convolution, to whose result bias and activation apply. bias is
    /// (1, Cin, 1, 1) or null.
    /// </summary>
    public void Conv2dBackwardInput(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(gy, weights, gx);
        CheckShape(gy, spec.Output(gx.Shape, weights.Shape), nameof(Conv2dBackwardInput), nameof(gy));
        CheckBias(bias, weights.Shape.C, nameof(Conv2dBackwardInput));
        CheckDistinct(gy, gx, nameof(Conv2dBackwardInput));
        Conv2dBackwardInputCore(gy, weights, bias, spec, activation, gx);
    }

    /// <summary>
    /// The gradient of <see cref="Conv2d"/> with respect to its weights: gw[o,c,k,l] = Σ
    /// gy[n,o,i,j]·x̄[n,c,i·s+k,j·s+l].
    /// </summary>
    public void Conv2dBackwardWeights(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, gy, gw);
        CheckShape(gy, spec.Output(x.Shape, gw.Shape), nameof(Conv2dBackwardWeights), nameof(gy));
        CheckDistinct(x, gw, nameof(Conv2dBackwardWeights));
        CheckDistinct(gy, gw, nameof(Conv2dBackwardWeights));
        Conv2dBackwardWeightsCore(x, gy, spec, gw);
    }

    /// <summary>
    /// The gradient of a convolution with respect to its bias: gb[c] = Σ gy[n,c,i,j] over n, i, j. gb is (1, C, 1, 1).
    /// </summary>
    public void Conv2dBackwardBias(Tensor gy, Tensor gb)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(gy, gb);
        CheckShape(gb, new Shape(1, gy.Shape.C, 1, 1), nameof(Conv2dBackwardBias), nameof(gb));
        Conv2dBackwardBiasCore(gy, gb);
    }

    /// <summary>
    /// Depth to space: y[n, c, i·f+a, j·f+b] = x[n, (c·f+a)·f+b, i, j] (Shi et al., CVPR 2016; PyTorch's channel
    /// order). x (N, C·f², H, W), y (N, C, H·f, W·f).
    /// </summary>
    public void PixelShuffle(Tensor x, int factor, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShuffle(x, factor, y, nameof(PixelShuffle));
        PixelShuffleCore(x, factor, y);
    }

    /// <summary>Space to depth, the inverse and adjoint of <see cref="PixelShuffle"/>.</summary>
    public void PixelUnshuffle(Tensor y, int factor, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(y, x);
        CheckShuffle(x, factor, y, nameof(PixelUnshuffle));
        PixelUnshuffleCore(y, factor, x);
    }

    // ---- The measurement operator A = S H: blur, then decimation --------------------------------------------------

    /// <summary>
    /// y = scale·(S H x) + addend for each plane. H is a true convolution with periodic boundary and kernel origin ((kh
    /// − 1)/2, (kw − 1)/2); S keeps pixels [0::stride, 0::stride] (docs/mathematics.md §3). kernel (1, 1, kh, kw) is
    /// not larger than x. addend has y's shape and may be y; null stands for zero.
    /// </summary>
    public void Blur(Tensor x, Tensor kernel, int stride, float scale, Tensor? addend, Tensor y) =>
        Blur(x, kernel, stride, Boundary.Periodic, scale, addend, y);

    /// <summary>
    /// The same with any boundary. For <see cref="Boundary.Valid"/> y is (N, C, ⌈(H − kh + 1) / stride⌉,
    /// ⌈(W − kw + 1) / stride⌉) and its first pixel is the blur at row ⌊kh / 2⌋ and column ⌊kw / 2⌋; for the other
    /// boundaries y has the shape of x after decimation.
    /// </summary>
    public void Blur(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckBlur(x, kernel, stride, y, nameof(Blur), boundary);
        CheckAddend(addend, y, nameof(Blur));
        CheckDistinct(x, y, nameof(Blur));
        BlurCore(x, kernel, stride, boundary, scale, addend, y);
    }

    /// <summary>The shape of a blurred and decimated image.</summary>
    /// <exception cref="ShapeException">
    /// The stride does not divide height and width (required unless the boundary is <see cref="Boundary.Valid"/>), or
    /// the kernel is larger than the image.
    /// </exception>
    public static Shape BlurOutput(Shape x, Shape kernel, int stride, Boundary boundary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        if (kernel.H > x.H || kernel.W > x.W)
        {
            throw new ShapeException($"a kernel of {kernel} is larger than an image of {x}");
        }

        return boundary != Boundary.Valid ? x.Downsampled(stride) : x with
        {
            H = (x.H - kernel.H) / stride + 1,
            W = (x.W - kernel.W) / stride + 1,
        };
    }

    /// <summary>
    /// x = scale·(Hᵀ Sᵀ y) + addend, the exact adjoint of the periodic blur. addend has x's shape and may be x; null
    /// stands for zero.
    /// </summary>
    public void BlurAdjoint(Tensor y, Tensor kernel, int stride, float scale, Tensor? addend, Tensor x) =>
        BlurAdjoint(y, kernel, stride, Boundary.Periodic, scale, addend, x);

    /// <summary>The same for the blur with any boundary.</summary>
    public void BlurAdjoint(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckBlur(x, kernel, stride, y, nameof(BlurAdjoint), boundary);
        CheckAddend(addend, x, nameof(BlurAdjoint));
        CheckDistinct(y, x, nameof(BlurAdjoint));
        BlurAdjointCore(y, kernel, stride, boundary, scale, addend, x);
    }

    // ---- Fourier --------------------------------------------------------------------------------------------------

    /// <summary>
    /// The unnormalised 2-D DFT of each real plane of x (N, C, H, W), for any H and W, as a half spectrum
    /// (<see cref="Shape.Spectrum"/>).
    /// </summary>
    public void RealFft2(Tensor x, Tensor spectrum)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, spectrum);
        CheckShape(spectrum, x.Shape.Spectrum, nameof(RealFft2), nameof(spectrum));
        CheckDistinct(x, spectrum, nameof(RealFft2));
        RealFft2Core(x, spectrum);
    }

    /// <summary>
    /// The inverse of <see cref="RealFft2"/>, divided by H·W. The spectrum is used as workspace; its contents are
    /// undefined afterwards.
    /// </summary>
    public void InverseRealFft2(Tensor spectrum, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(spectrum, x);
        CheckShape(spectrum, x.Shape.Spectrum, nameof(InverseRealFft2), nameof(spectrum));
        CheckDistinct(spectrum, x, nameof(InverseRealFft2));
        InverseRealFft2Core(spectrum, x);
    }

    /// <summary>
    /// result = gain·spectrum, with a real gain (1, 1, H, ⌊W/2⌋ + 1) for each frequency, the same for every plane. The
    /// result may be the spectrum.
    /// </summary>
    public void ScaleSpectrum(Tensor spectrum, Tensor gain, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(spectrum, gain, result);
        Shape shape = spectrum.Shape;
        CheckShape(gain, new Shape(1, 1, shape.H, shape.W / 2), nameof(ScaleSpectrum), nameof(gain));
        CheckShape(result, shape, nameof(ScaleSpectrum), nameof(result));
        ScaleSpectrumCore(spectrum, gain, result);
    }

    /// <summary>
    /// The transform of the residual y − A q from the transforms of y and q: ê(k) = ŷ(k) − (1/s²) Σ ĥ(K)·q̂(K) over the
    /// s² frequencies K that alias to k (docs/mathematics.md §3). q has the shape <paramref name="imageShape"/>,
    /// transfer is the half spectrum ĥ of one plane of that size, and y and e are on the grid decimated by stride.
    /// eSpectrum may be ySpectrum.
    /// </summary>
    public void SpectrumResidual(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(qSpectrum, ySpectrum, eSpectrum);
        CheckSpectra(qSpectrum, ySpectrum, transfer, imageShape, stride, nameof(SpectrumResidual));
        CheckShape(eSpectrum, ySpectrum.Shape, nameof(SpectrumResidual), nameof(eSpectrum));
        SpectrumResidualCore(qSpectrum, ySpectrum, transfer, imageShape, stride, eSpectrum);
    }

    /// <summary>
    /// The transform of q + Aᵀ w: ẑ(K) = q̂(K) + conj(ĥ(K))·ŵ(K mod the low-resolution grid) (docs/mathematics.md §3).
    /// The shapes are those of <see cref="SpectrumResidual"/>. zSpectrum may be qSpectrum.
    /// </summary>
    public void SpectrumCorrection(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(qSpectrum, wSpectrum, zSpectrum);
        CheckSpectra(qSpectrum, wSpectrum, transfer, imageShape, stride, nameof(SpectrumCorrection));
        CheckShape(zSpectrum, qSpectrum.Shape, nameof(SpectrumCorrection), nameof(zSpectrum));
        SpectrumCorrectionCore(qSpectrum, wSpectrum, transfer, imageShape, stride, zSpectrum);
    }

    // ---- Windows --------------------------------------------------------------------------------------------------

    /// <summary>
    /// Crops or pads each plane: y(i, j) = x(clamp(top + i), clamp(left + j)), so that outside of x its edge is
    /// repeated. x (N, C, H, W), y (N, C, h, w).
    /// </summary>
    public void Window(Tensor x, int top, int left, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckShape(y, x.Shape with { H = y.Shape.H, W = y.Shape.W }, nameof(Window), nameof(y));
        CheckDistinct(x, y, nameof(Window));
        WindowCore(x, top, left, y);
    }

    // ---- Training -------------------------------------------------------------------------------------------------

    /// <summary>
    /// One Adam step on all parameters at once (Kingma and Ba 2015, Algorithm 1). The four tensors have the same size;
    /// the gradient is read, the others are updated in place.
    /// </summary>
    public void AdamStep(Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(parameters, gradient, firstMoment);
        CheckOwn(secondMoment);
        CheckSameCount(parameters, gradient, nameof(AdamStep));
        CheckSameCount(parameters, firstMoment, nameof(AdamStep));
        CheckSameCount(parameters, secondMoment, nameof(AdamStep));
        AdamStepCore(parameters, gradient, firstMoment, secondMoment, spec);
    }

    // ---- What a backend implements: the arguments are valid; each method is documented above -----------------------

#pragma warning disable CS1591
    protected abstract void CopyCore(Tensor x, Tensor y);
    protected abstract void CopyChannelsCore(Tensor x, int from, int count, Tensor y, int to);
    protected abstract void FillCore(float value, Tensor y);
    protected abstract void FillNormalCore(ulong seed, ulong stream, Tensor y);
    protected abstract void CombineCore(float alpha, Tensor x, float beta, Tensor y, Tensor result);
    protected abstract void ScaleCore(float alpha, Tensor x, Tensor y);
    protected abstract void ReluCore(Tensor x, Tensor y);
    protected abstract void ReluBackwardCore(Tensor y, Tensor gy, Tensor gx);
    protected abstract void LeakyReluCore(Tensor x, float slope, Tensor y);
    protected abstract void LeakyReluBackwardCore(Tensor y, Tensor gy, float slope, Tensor gx);
    protected abstract void SigmoidCore(Tensor x, Tensor y);
    protected abstract void SigmoidBackwardCore(Tensor y, Tensor gy, Tensor gx);
    protected abstract void SoftThresholdCore(Tensor x, Tensor tau, Tensor y);
    protected abstract void SoftThresholdReflectedCore(Tensor z, Tensor tau, Tensor q, Tensor x);
    protected abstract void DotCore(Tensor x, Tensor y, Tensor result);
    protected abstract void SumOfMagnitudesCore(Tensor x, Tensor result);
    protected abstract void SquaredDistanceCore(Tensor x, Tensor y, Tensor result);
    protected abstract void AbsoluteDistanceCore(Tensor x, Tensor y, Tensor result);
    protected abstract void AbsoluteDistanceBackwardCore(float scale, Tensor x, Tensor y, Tensor gx);
    protected abstract void StoppingTestCore(Tensor sums, Tensor rule, Tensor verdict);
    protected abstract void IterateSumsCore(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums);
    protected abstract void MatMulCore(Tensor a, Tensor b, Tensor c);
    protected abstract void SolveTriangularCore(Tensor factor, bool transposed, Tensor b, Tensor x);
    protected abstract void ConjugateGradientStepCore(
        Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state);
    protected abstract void Conv2dCore(
        Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y);
    protected abstract void Conv2dBackwardInputCore(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx);
    protected abstract void Conv2dBackwardWeightsCore(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw);
    protected abstract void Conv2dBackwardBiasCore(Tensor gy, Tensor gb);
    protected abstract void PixelShuffleCore(Tensor x, int factor, Tensor y);
    protected abstract void PixelUnshuffleCore(Tensor y, int factor, Tensor x);
    protected abstract void BlurCore(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y);
    protected abstract void BlurAdjointCore(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x);
    protected abstract void RealFft2Core(Tensor x, Tensor spectrum);
    protected abstract void InverseRealFft2Core(Tensor spectrum, Tensor x);
    protected abstract void ScaleSpectrumCore(Tensor spectrum, Tensor gain, Tensor result);
    protected abstract void SpectrumResidualCore(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum);
    protected abstract void SpectrumCorrectionCore(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum);
    protected abstract void WindowCore(Tensor x, int top, int left, Tensor y);
    protected abstract void AdamStepCore(
        Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec);
#pragma warning restore CS1591

    private void CheckBias(Tensor? bias, int channels, string op)
    {
        if (bias is not null)
        {
            CheckOwn(bias);
            CheckShape(bias, new Shape(1, channels, 1, 1), op, nameof(bias));
        }
    }

    private void CheckAddend(Tensor? addend, Tensor destination, string op)
    {
        if (addend is not null)
        {
            CheckOwn(addend);
            CheckShape(addend, destination.Shape, op, nameof(addend));
        }
    }

    private void CheckBlur(
        Tensor x, Tensor kernel, int stride, Tensor y, string op, Boundary boundary = Boundary.Periodic)
    {
        CheckOwn(x, kernel, y);
        CheckShape(kernel, Shape.Matrix(kernel.Shape.H, kernel.Shape.W), op, nameof(kernel));
        CheckShape(y, BlurOutput(x.Shape, kernel.Shape, stride, boundary), op, nameof(y));
    }

    private static void CheckShuffle(Tensor x, int factor, Tensor y, string op)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        Shape full = y.Shape;
        if (full.H % factor != 0 || full.W % factor != 0)
        {
            throw new ShapeException($"{op}: the factor {factor} does not divide an image of {full}");
        }

        CheckShape(x, new Shape(full.N, full.C * factor * factor, full.H / factor, full.W / factor), op, nameof(x));
        CheckDistinct(x, y, op);
    }

    private void CheckSpectra(
        Tensor image, Tensor measurement, Tensor transfer, Shape imageShape, int stride, string op)
    {
        CheckOwn(transfer);
        CheckShape(image, imageShape.Spectrum, op, nameof(image));
        CheckShape(measurement, imageShape.Downsampled(stride).Spectrum, op, nameof(measurement));
        CheckShape(transfer, (imageShape with { N = 1, C = 1 }).Spectrum, op, nameof(transfer));
    }
}
