using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>Asks cuDNN which algorithms it would take, the best first.</summary>
internal unsafe delegate int AlgorithmQuery(int requested, out int returned, CudnnAlgorithmPerformance* results);

/// <summary>An algorithm that cuDNN recommends.</summary>
/// <param name="Number">Its value in the enumeration of its pass.</param>
/// <param name="MathType">The arithmetic that it was judged under.</param>
internal readonly record struct CudnnAlgorithm(int Number, CudnnMathType MathType)
{
    /// <summary>The only one that fuses a bias without an activation: ...FWD_ALGO_IMPLICIT_PRECOMP_GEMM.</summary>
    public const int ImplicitPrecomputedGemm = 1;

    private const int Deterministic = 1;
    private const int MostResults = 16;

    /// <summary>Beyond that an algorithm by Fourier transforms is not worth its memory.</summary>
    private const nuint MostWorkspaceBytes = 512 << 20;

    /// <summary>
    /// The recommendations with a workspace within bounds, the best first; for gradients, those whose results are the
    /// same in every run.
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
