using System.Diagnostics;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>Opens a page in a headless Chromium. Without Chromium, the test is skipped.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

    /// <summary>Opens a page and returns its document after its scripts, as HTML. It must log nothing to the console.</summary>
    /// <param name="path">The file.</param>
    /// <param name="script">A script that runs at the end of the page, if any.</param>
    public static string Open(string path, string? script = null)
    {
        string? program = Program();
        Assert.SkipWhen(program is null, $"none of {string.Join(", ", Names)} is on the PATH");
        using var directory = new TemporaryDirectory();
        string page = directory.File("page.html");
        File.WriteAllText(page, File.ReadAllText(path) + (script is null ? "" : $"<script>{script}</script>"));
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string option in (string[])
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--window-size=1200,900", $"--user-data-dir={directory.File("profile")}", "--dump-dom", new Uri(page).AbsoluteUri,
        ])
        {
            start.ArgumentList.Add(option);
        }

        using Process process = Process.Start(start)!;
        Task<string> log = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string document = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.DoesNotContain("CONSOLE", log.Result);
        Assert.Contains("</html>", document);
        return document;
    }

    private static string? Program() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(_ => Names, (folder, name) => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
