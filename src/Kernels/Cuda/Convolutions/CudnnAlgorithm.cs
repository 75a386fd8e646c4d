using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>Queries cuDNN for recommended algorithms, the best first.</summary>
internal unsafe delegate int AlgorithmQuery(int requested, out int returned, CudnnAlgorithmPerformance* results);

/// <summary>An algorithm that cuDNN recommends.</summary>
/// <param name="Number">Its value in the enumeration of its pass.</param>
/// <param name="MathType">The math type that the recommendation is for.</param>
internal readonly record struct CudnnAlgorithm(int Number, CudnnMathType MathType)
{
    /// <summary>
    /// CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, the only one that fuses a bias without an activation.
    /// </summary>
    public const int ImplicitPrecomputedGemm = 1;

    private const int Deterministic = 1;
    private const int MostResults = 16;

    /// <summary>Algorithms by Fourier transforms with more workspace are not worth their memory.</summary>
    private const nuint MostWorkspaceBytes = 512 << 20;

    /// <summary>
    /// The recommendations whose workspace is not too large, the best first; for gradients, only those with
    /// deterministic results.
    /// </summary>
    public static unsafe IReadOnlyList<CudnnAlgorithm> Recommended(in ConvolutionKey key, AlgorithmQuery query)
    {
        List<CudnnAlgorithm> recommended = [];
        CudnnAlgorithmPerformance* results = stackalloc CudnnAlgorithmPerformance[MostResults];
        Cudnn.Check(query(MostResults, out int count, results));
        for (int i = 0; i < count; i++)
        {
            CudnnAlgorithmPerformance result = results[i];
            bool repeatable = key.Pass == ConvolutionPass.Forward || result.Determinism == Deterministic;
            if (result.Status == 0 && repeatable && result.Memory <= MostWorkspaceBytes)
            {
                recommended.Add(new CudnnAlgorithm(result.Algorithm, result.MathType));
            }
        }

        return recommended;
    }
}
