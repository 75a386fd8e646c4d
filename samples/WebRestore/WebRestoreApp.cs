using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Samples.WebRestore;

/// <summary>
/// A web service that restores pictures: POST a picture to /restorations?task=…, poll the address that it answers with
/// until it is done, and get the picture below that address. The page in wwwroot does all of this.
/// </summary>
public static class WebRestoreApp
{
    private const long MaxBytes = 20_000_000;
    private const long MaxPixels = 4_000_000;

    /// <summary>Creates the service.</summary>
    /// <param name="args">The options of ASP.NET Core, like --urls.</param>
    public static WebApplication Create(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
            WebRootPath = "wwwroot",
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBytes);
        builder.Services.AddSingleton(_ => new CpuThreads());
        builder.Services.AddSingleton<Restorations>();
        WebApplication app = builder.Build();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapPost("/restorations", Start);
        app.MapGet("/restorations/{id:guid}", (Guid id, Restorations restorations) =>
            restorations.Find(id) is { } found ? Results.Ok(found.Status) : Results.NotFound());
        app.MapGet("/restorations/{id:guid}/picture", (Guid id, Restorations restorations) =>
            restorations.Find(id)?.Png is { } png ? Results.File(png, "image/png") : Results.NotFound());
        app.MapDelete("/restorations/{id:guid}", (Guid id, Restorations restorations) =>
            restorations.Cancel(id) ? Results.NoContent() : Results.NotFound());
        return app;
    }

    private static async Task<IResult> Start(
        HttpRequest request, string task, Restorations restorations, CancellationToken cancellation)
    {
        using var contents = new MemoryStream();
        await request.Body.CopyToAsync(contents, cancellation);
        try
        {
            Picture picture = ImageFile.Decode(contents.ToArray(), "the picture", MaxPixels);
            Guid id = restorations.Start(task, picture);
            return Results.Accepted($"/restorations/{id}", new { id });
        }
        catch (InputException failure)
        {
            return Results.Problem(failure.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }
}
