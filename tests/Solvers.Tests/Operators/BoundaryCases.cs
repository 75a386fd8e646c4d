using InfAdmm.Engine;

namespace InfAdmm.Solvers.Tests;

/// <summary>Test cases for operators with a boundary.</summary>
internal static class BoundaryCases
{
    /// <summary>Every boundary with every index of a list of sizes.</summary>
    public static TheoryData<Boundary, int> WithEach(int sizes)
    {
        var data = new TheoryData<Boundary, int>();
        foreach (Boundary boundary in Enum.GetValues<Boundary>())
        {
            for (int size = 0; size < sizes; size++)
            {
                data.Add(boundary, size);
            }
        }

        return data;
    }
}
