namespace InfAdmm.Nn.Weights;

/// <summary>The values of an array of weights; its name is the key in <see cref="WeightSet"/>.</summary>
/// <param name="Shape">The extents as stored, of any rank.</param>
/// <param name="Values">The elements in row-major order.</param>
public sealed record WeightArray(int[] Shape, float[] Values);
