namespace InfAdmm.Conformance;

internal static class FourierCases
{
    public static IEnumerable<OpCase> All()
    {
        yield break;
    }
}
