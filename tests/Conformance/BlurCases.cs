namespace InfAdmm.Conformance;

internal static class BlurCases
{
    public static IEnumerable<OpCase> All()
    {
        yield break;
    }
}
