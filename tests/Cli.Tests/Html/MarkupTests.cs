using InfAdmm.Cli.Html;

namespace InfAdmm.Cli.Tests;

/// <summary>Markup from interpolated strings.</summary>
public sealed class MarkupTests
{
    /// <summary>Catches a value that becomes markup, in an element or in an attribute, or that reorders what is read.</summary>
    [Fact]
    public void Values_are_text()
    {
        string value = "<script>alert(\"1\")</script> & 'x'\u202e\n\0";
        string text = Markup.Of($"<b title=\"{value}\">{value}</b>").Text;
        Assert.StartsWith("<b title=\"&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;x&#x27;", text);
        Assert.DoesNotContain("<script", text);
        Assert.DoesNotContain('\u202e', text);
        Assert.DoesNotContain('\0', text);
    }

    /// <summary>Catches markup that is escaped twice, a missing piece, and numbers of another culture.</summary>
    [Fact]
    public void Markup_stays_markup()
    {
        Markup item = Markup.Of($"<i>{"ρ = µ"}</i>");
        Assert.Equal("<p><i>ρ = µ</i><i>ρ = µ</i><i>ρ = µ</i>1234.57 8</p>", Markup.Of($"<p>{item}{new[] { item, item }}{1234.567} {8}</p>").Text);
        Assert.Equal("a\n  &lt;b&gt;", Markup.Lines("a\n  <b>").Text);
    }
}
