using InfAdmm.Engine;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Nn.Features;

/// <summary>A step of a <see cref="FeatureNetwork"/>. Values are counted from 0, the image after normalization.</summary>
/// <param name="Input">The number of the value that it takes.</param>
internal abstract record FeatureStep(int Input);

/// <summary>A convolution, with normalization folded into it.</summary>
internal sealed record ConvolutionStep(int Input, WeightArray Weights, float[] Bias, Conv2dSpec Spec) : FeatureStep(Input);

/// <summary>max(x, 0), a layer whose output is a feature.</summary>
internal sealed record ReluStep(int Input) : FeatureStep(Input);

/// <summary>Maximum pooling.</summary>
internal sealed record PoolStep(int Input, PoolSpec Spec) : FeatureStep(Input);

/// <summary>The sum of two values.</summary>
internal sealed record SumStep(int Input, int Other) : FeatureStep(Input);
