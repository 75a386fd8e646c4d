using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Samples.WebRestore;
using InfAdmm.Tests.Shared;
using Microsoft.AspNetCore.Builder;
using PuppeteerSharp;

namespace InfAdmm.Samples.Tests;

/// <summary>The sample samples/WebRestore, as a service and in a browser.</summary>
public sealed class WebRestoreTests : IAsyncLifetime
{
    private const int LargestWait = 60_000;
    private readonly WebApplication _app = WebRestoreApp.Create(["--urls", "http://127.0.0.1:0"]);
    private readonly HttpClient _client = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync(Token);
        _client.BaseAddress = new Uri(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>Catches a service that answers with another picture than the library, or mixes pictures up.</summary>
    [Fact]
    public async Task Pictures_are_restored_as_by_the_library()
    {
        Picture[] pictures = [Drawn(24, 20, 0), Drawn(24, 20, 1), Drawn(30, 16, 2)];
        Uri[] places = await Task.WhenAll(pictures.Select(picture => Start("sr4", ImageFile.Encode(picture))));
        using Device device = CpuDevice.Create();
        using var restorer = Restorer.Load("sr4", device);
        foreach ((Picture picture, Uri place) in pictures.Zip(places))
        {
            JsonElement status = await Finished(place);
            Assert.Equal(JsonValueKind.Null, status.GetProperty("error").ValueKind);
            byte[] png = await _client.GetByteArrayAsync(new Uri($"{place}/picture", UriKind.Relative), Token);
            Picture stored = ImageFile.Decode(ImageFile.Encode(picture), "drawn");
            Assert.Equal(ImageFile.Encode(restorer.Restore(stored, cancellation: Token)), png);
        }
    }

    /// <summary>Catches input that ends in an error page, or is accepted and fails later.</summary>
    [Fact]
    public async Task Bad_input_is_refused_with_a_reason()
    {
        byte[] colour = ImageFile.Encode(Drawn(16, 16, 0));
        foreach ((string task, byte[] body, string reason) in new[]
        {
            ("sr4", "no picture"u8.ToArray(), "the picture"), ("sr5", colour, "sr5"), ("color-sr2", colour, "in colour"),
        })
        {
            using HttpResponseMessage answer = await Post(task, body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            JsonElement problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
            Assert.Contains(reason, problem.GetProperty("detail").GetString());
        }

        using HttpResponseMessage unknown = await _client.GetAsync(
            new Uri($"/restorations/{Guid.Empty}", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    /// <summary>Catches a cancelled restoration that goes on, or keeps others from beginning.</summary>
    [Fact]
    public async Task A_restoration_can_be_cancelled()
    {
        Uri large = await Start("deblur", ImageFile.Encode(Drawn(1000, 1000, 0)));
        using HttpResponseMessage deleted = await _client.DeleteAsync(large, Token);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using HttpResponseMessage gone = await _client.GetAsync(large, Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        JsonElement status = await Finished(await Start("sr4", ImageFile.Encode(Drawn(16, 16, 0))));
        Assert.Equal(1, status.GetProperty("done").GetDouble());
    }

    /// <summary>Catches a page whose script fails, that shows no progress, or whose slider does not move.</summary>
    [Fact]
    public async Task The_page_restores_an_uploaded_picture()
    {
        string? program = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "chromium is not installed");
        using var directory = new TemporaryDirectory();
        string file = directory.File("small <b>.png");
        ImageFile.Write(file, Drawn(64, 48, 0));
        await using IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = program!,
            Args = ["--no-sandbox"],
            UserDataDir = directory.File("profile"),
        });
        await using IPage page = await browser.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error.Message);
        page.Console += (_, line) => errors.Add(line.Message.Text);
        await page.GoToAsync(_client.BaseAddress!.ToString());
        IElementHandle input = await page.QuerySelectorAsync("#file");
        await input.UploadFileAsync(file);
        await page.ClickAsync("form button");
        await page.WaitForSelectorAsync("#result:not([hidden])", new() { Timeout = LargestWait });
        Assert.Equal(256, await page.EvaluateExpressionAsync<int>("document.getElementById('after').naturalWidth"));
        Assert.Equal(64, await page.EvaluateExpressionAsync<int>("document.getElementById('before').naturalWidth"));
        await page.FocusAsync("#slider");
        await page.Keyboard.PressAsync("Home");
        Assert.Equal("0%", await page.EvaluateExpressionAsync<string>(
            "document.getElementById('pictures').style.getPropertyValue('--at')"));
        Assert.Contains("restored in", await page.EvaluateExpressionAsync<string>(
            "document.getElementById('message').textContent"));
        if (Environment.GetEnvironmentVariable("INFADMM_SCREENSHOT") is { } screenshot)
        {
            await page.Keyboard.PressAsync("PageUp");
            await page.ScreenshotAsync(screenshot);
        }

        Assert.Empty(errors);
    }

    private static Picture Drawn(int width, int height, int phase)
    {
        var shape = new Shape(1, 3, height, width);
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = 0.5f + 0.4f * MathF.Sin(0.3f * (i % width) + phase) * MathF.Cos(0.2f * (i / width % height) + i / (width * height));
        }

        return new Picture(new PlanarImage(values, shape));
    }

    private async Task<HttpResponseMessage> Post(string task, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        return await _client.PostAsync(new Uri($"/restorations?task={task}", UriKind.Relative), content, Token);
    }

    private async Task<Uri> Start(string task, byte[] body)
    {
        using HttpResponseMessage answer = await Post(task, body);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return answer.Headers.Location!;
    }

    private async Task<JsonElement> Finished(Uri place)
    {
        double done = 0;
        while (true)
        {
            JsonElement status = await _client.GetFromJsonAsync<JsonElement>(place, Token);
            Assert.InRange(status.GetProperty("done").GetDouble(), done, 1);
            done = status.GetProperty("done").GetDouble();
            if (done == 1)
            {
                return status;
            }

            await Task.Delay(20, Token);
        }
    }
}
