using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using InfAdmm.Cli.Terminal;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>report.html</c> of <c>laplace</c>, <c>evaluate</c> and <c>restore</c>: its contents, and in a browser.</summary>
public sealed partial class HtmlReportTests : IClassFixture<HtmlReportTests.Reports>
{
    private readonly Reports _reports;

    public HtmlReportTests(Reports reports) => _reports = reports;

    public static TheoryData<string> Commands => ["laplace", "evaluate", "restore"];

    /// <summary>Catches anything that a browser would load from elsewhere.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void Nothing_is_loaded(string command)
    {
        string html = _reports.Html(command);
        Assert.DoesNotContain("http://", html);
        Assert.DoesNotContain("https://", html);
        Assert.DoesNotMatch("(?i)<(link|base|iframe|object|embed)|@import|url\\(| href=| srcset=", html);
        Assert.All(Source().Matches(html), match => Assert.StartsWith("data:image/", match.Groups[1].Value));
        Assert.Contains("default-src 'none'", html);
        Assert.Equal(1, html.AsSpan().Count("<script>"));
        Assert.DoesNotContain("{{", html);
    }

    /// <summary>Catches a value of the report that is missing or different, and a command, device or version left out.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_value_of_the_report_is_there(string command)
    {
        string html = _reports.Html(command);
        string json = File.ReadAllText(_reports.Json(command));
        Match embedded = EmbeddedJson().Match(html);
        Assert.Equal(json, WebUtility.HtmlDecode(embedded.Groups[1].Value));
        string visible = WebUtility.HtmlDecode(html.Remove(embedded.Index, embedded.Length));
        using var report = JsonDocument.Parse(json);
        Assert.Contains($"<h1>infadmm {command}</h1>", html);
        Assert.Contains($"<code>infadmm {command} ", html);
        Assert.Contains("--json ", visible);
        Assert.Contains(Application.Version, visible);
        Assert.Contains(report.RootElement.GetProperty("device").GetProperty("name").GetString()!, visible);
        Assert.Contains(DateTimeOffset.Now.ToString("yyyy-", CultureInfo.InvariantCulture), visible);
    }

    /// <summary>Catches cells that differ from the table of the terminal, and a row or a reason that is missing.</summary>
    [Theory]
    [InlineData("laplace", "solvers")]
    [InlineData("evaluate", "methods")]
    public void The_table_is_that_of_the_terminal(string command, string rows)
    {
        string html = WebUtility.HtmlDecode(_reports.Html(command));
        using var report = JsonDocument.Parse(File.ReadAllText(_reports.Json(command)));
        JsonElement[] listed = [.. report.RootElement.GetProperty(rows).EnumerateArray()];
        Assert.True(listed.Length > 1);
        foreach (JsonElement row in listed)
        {
            string name = row.GetProperty("name").GetString()!;
            string line = _reports.Output(command).Split('\n').First(text => text.StartsWith(name + " ", StringComparison.Ordinal));
            string shown = RowOf(html, name);
            Assert.Equal(Spaces().Replace(line, ""), Spaces().Replace(Tags().Replace(shown, ""), ""));
        }

        if (command == "laplace")
        {
            Assert.All(report.RootElement.GetProperty("skipped").EnumerateArray(), skipped => Assert.Contains(
                skipped.GetProperty("reason").GetString()!, RowOf(html, skipped.GetProperty("name").GetString()!)));
        }
    }

    /// <summary>Catches a curve with too few points, of another quantity, or with another read-out.</summary>
    [Fact]
    public void Curves_have_the_values_of_the_report()
    {
        string html = _reports.Html("laplace");
        using var report = JsonDocument.Parse(File.ReadAllText(_reports.Json("laplace")));
        JsonElement[] solvers = [.. report.RootElement.GetProperty("solvers").EnumerateArray()];
        MatchCollection charts = ChartData().Matches(html);
        Assert.Equal(4, charts.Count);
        foreach (Match chart in charts.Cast<Match>())
        {
            using var data = JsonDocument.Parse(chart.Groups[1].Value);
            Assert.Equal(
                solvers.Select(solver => solver.GetProperty("name").GetString()),
                data.RootElement.EnumerateArray().Select(curve => curve.GetProperty("name").GetString()));
            for (int i = 0; i < solvers.Length; i++)
            {
                JsonElement points = data.RootElement[i].GetProperty("points");
                Assert.Equal(
                    solvers[i].GetProperty("iterations").EnumerateArray().Select(iteration => string.Create(
                        CultureInfo.InvariantCulture,
                        $"k = {iteration.GetProperty("k").GetInt32()}, {iteration.GetProperty("seconds").GetDouble():G4} s, ") +
                        Units.Objective(iteration.GetProperty("objective_z").GetDouble())),
                    points.EnumerateArray().Select(point => point[2].GetString()));
                Assert.True(points[7][0].GetDouble() > points[0][0].GetDouble());
                Assert.InRange(points[7][1].GetDouble(), points[0][1].GetDouble(), 1);
            }
        }
    }

    /// <summary>Catches a file name that becomes markup, and pictures or failures that are not shown.</summary>
    [Fact]
    public void Restored_pictures_and_failures_are_shown()
    {
        string html = _reports.Html("restore");
        Assert.DoesNotContain("<script>alert", html);
        Assert.Contains("&lt;script&gt;alert(1)&amp;&quot;.png", html);
        Assert.Equal(2, html.AsSpan().Count("<figure class=\"compare\""));
        Assert.Equal(4, html.AsSpan().Count("src=\"data:image/webp;base64,"));
        Assert.Contains("2 of 3 files restored", html);
        Assert.Contains("missing.png", RowOf(html, _reports.Missing));
    }

    /// <summary>Catches methods that cannot be compared, and pictures of no more than one method.</summary>
    [Fact]
    public void Methods_can_be_compared()
    {
        string html = _reports.Html("evaluate");
        Assert.Equal(2, html.AsSpan().Count("<figure class=\"compare\""));
        Assert.Equal(2 * 4, html.AsSpan().Count("src=\"data:image/webp;base64,"));
        Assert.Equal(2 * 2, Regex.Count(html, "<option( selected)?>tv, [0-9.]+ dB</option>"));
        Assert.Equal(2, ChartData().Count(html));
    }

    /// <summary>Catches scripts that fail, and what they do: read-outs, the legend, the sliders, the lists.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void A_browser_shows_it(string command)
    {
        const string Script = """
            const results = document.documentElement.dataset;
            const plot = document.querySelector(".plot");
            if (plot) {
                const at = plot.querySelector(".tip");
                plot.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
                plot.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
                results.second = at.textContent;
                const box = plot.getBoundingClientRect();
                plot.dispatchEvent(new PointerEvent("pointermove", { clientX: box.right, clientY: box.bottom }));
                results.last = at.textContent;
                const button = document.querySelector(".legend button");
                button.click();
                results.pressed = button.getAttribute("aria-pressed");
                results.off = document.querySelectorAll(".plot .curve.off").length;
                plot.dispatchEvent(new PointerEvent("pointerleave"));
                results.gone = at.hidden;
            }
            const frame = document.querySelector(".frame");
            if (frame) {
                const slider = frame.querySelector("input");
                slider.value = 25;
                slider.dispatchEvent(new Event("input"));
                results.cut = frame.style.getPropertyValue("--cut");
                results.sizes = [...frame.querySelectorAll("img")].map(image => image.naturalWidth).join();
                const list = document.querySelector("select.right");
                if (list) {
                    list.selectedIndex = 1;
                    list.dispatchEvent(new Event("change"));
                    results.side = frame.querySelector(".side.right").textContent;
                }
            }
            results.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
            """;

        string document = Chromium.Open(_reports.Path(command), Script);

        Assert.Equal("true", Result("ready"));
        Assert.Equal("false", Result("wide"));
        if (command != "restore")
        {
            Assert.Matches("(k =|iteration) 2,", Result("second"));
            Assert.Matches(command == "laplace" ? "k = 8," : "iteration 3,", Result("last"));
            Assert.Equal("false", Result("pressed"));
            Assert.Equal(command == "laplace" ? "4" : "2", Result("off"));
            Assert.Equal("true", Result("gone"));
        }

        if (command != "laplace")
        {
            Assert.Equal("25%", Result("cut"));
            Assert.Equal(command == "restore" ? "24,24" : "44,44,44,44", Result("sizes"));
        }

        if (command == "evaluate")
        {
            Assert.Matches("^wiener, [0-9.]+ dB$", Result("side"));
        }

        string Result(string name) =>
            WebUtility.HtmlDecode(Regex.Match(document, $"<html[^>]* data-{name}=\"([^\"]*)\"").Groups[1].Value);
    }

    private static string RowOf(string html, string name) =>
        Regex.Match(html, $"<tr><td class=\"text\">{Regex.Escape(name)}</td>.*").Value;

    [GeneratedRegex("src=\"([^\"]{0,40})")]
    private static partial Regex Source();

    [GeneratedRegex("<pre class=\"json\" tabindex=\"0\">([^<]*)</pre>")]
    private static partial Regex EmbeddedJson();

    [GeneratedRegex("<script type=\"application/json\">([^<]*)</script>")]
    private static partial Regex ChartData();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("\\s")]
    private static partial Regex Spaces();

    /// <summary>One run of each command.</summary>
    public sealed class Reports : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly Dictionary<string, string> _outputs = [];

        public Reports()
        {
            Run("laplace", "--size", "64", "--iterations", "8", "--repeat", "1");
            string pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 2);
            Run("evaluate", "--task", "deblur", "--data", pictures, "--methods", "wiener,tv", "--iterations", "3");
            string odd = _directory.File("<script>alert(1)&\".png");
            string plain = _directory.File("plain.png");
            PlanarImage picture = Draw(24, 20);
            ImageFile.Write(odd, picture.Values, picture.Shape);
            ImageFile.Write(plain, picture.Values, picture.Shape);
            Run("restore", odd, plain, Missing, "--task", "deblur");
        }

        public string Missing => _directory.File("missing.png");

        public string Path(string command) => System.IO.Path.Combine(_directory.File(command), "report.html");

        public string Json(string command) => _directory.File(command + ".json");

        public string Html(string command) => File.ReadAllText(Path(command));

        public string Output(string command) => _outputs[command];

        public void Dispose() => _directory.Dispose();

        private void Run(params string[] arguments)
        {
            string command = arguments[0];
            CommandLine run = CommandLine.Run(
                [.. arguments, "--device", "cpu", "--json", Json(command), "--out", _directory.File(command)]);
            Assert.True(run.ExitCode == (command == "restore" ? ExitCode.Failed : ExitCode.Done), run.Error);
            _outputs.Add(command, run.Out);
        }

        private static PlanarImage Draw(int width, int height)
        {
            var shape = new Engine.Shape(1, 3, height, width);
            return new PlanarImage([.. Enumerable.Range(0, (int)shape.Count).Select(i => i * 37 % 256 / 255f)], shape);
        }
    }
}
