namespace InfAdmm.Conformance;

internal static class PixelShuffleCases
{
    public static IEnumerable<OpCase> All()
    {
        yield break;
    }
}
