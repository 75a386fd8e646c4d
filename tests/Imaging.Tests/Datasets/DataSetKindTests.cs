using InfAdmm.Imaging.Datasets;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class DataSetKindTests
{
    /// <summary>Catches a kind of data set that is implemented but not registered.</summary>
    [Fact]
    public void Every_kind_is_registered()
    {
        IEnumerable<string> written = typeof(IDataSetKind).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IDataSetKind)))
            .Select(type => type.Name);
        Assert.Equal(written.Order(), ImageSets.Kinds.Select(kind => kind.GetType().Name).Order());
    }

    /// <summary>Catches messages that omit a kind.</summary>
    [Fact]
    public void What_cannot_be_opened_is_answered_with_all_kinds()
    {
        string refusal = SampleFiles.Refusal(Path.Combine(Path.GetTempPath(), "infadmm-missing"));
        Assert.All(ImageSets.Kinds, kind => Assert.Contains(kind.Name, refusal));
    }
}
