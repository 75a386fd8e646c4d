using InfAdmm.Conformance;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>Every case of the conformance suite on the GPU, outside of the test runner.</summary>
internal static class ConformanceCheck
{
    public static bool Run(TextWriter text)
    {
        bool all = true;
        foreach (bool libraries in new[] { true, false })
        {
            using CudaDevice device = CudaDevice.Create(new CudaOptions { UseLibraries = libraries });
            int passed = 0;
            int failed = 0;
            foreach ((string name, OpCase item) in Suite.Cases)
            {
                string? failure = Check(device, item);
                if (failure is null)
                {
                    passed++;
                    continue;
                }

                failed++;
                text.WriteLine($"FAILED {name}: {failure}");
            }

            all &= failed == 0;
            text.WriteLine(
                $"conformance, {(libraries ? "with libraries" : "hand-written kernels alone")}: " +
                $"{passed} passed, {failed} failed");
        }

        return all;
    }

    private static string? Check(CudaDevice device, OpCase item)
    {
        try
        {
            return Suite.Check(device, item);
        }
        catch (Exception failure)
        {
            return failure.Message;
        }
    }
}
