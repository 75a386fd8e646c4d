namespace InfAdmm.Nn.Weights;

/// <summary>A named array of weights, without its name.</summary>
/// <param name="Shape">The extents as stored, of any rank.</param>
/// <param name="Values">The elements, last extent fastest.</param>
public sealed record WeightArray(int[] Shape, float[] Values);
