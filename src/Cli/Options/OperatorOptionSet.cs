using System.CommandLine;
using InfAdmm.Engine;

namespace InfAdmm.Cli.Options;

/// <summary>Declares and reads <see cref="OperatorOptions"/>.</summary>
internal sealed class OperatorOptionSet
{
    /// <summary>The problems that need no further option.</summary>
    public static readonly string[] Presets = ["paper", "sparse"];

    private readonly Option<string> _preset = OptionFactory.Choice("--preset",
        "The problem that the other options change.", Presets).WithDefault("paper");

    private readonly Option<int?> _size = OptionFactory.Integer("--size", "PIXELS",
        "Height and width of x.", minimum: 1);

    private readonly Option<int?> _stride = OptionFactory.Integer("--stride", "S",
        "Keeps each S-th pixel of each S-th row.", minimum: 1);

    private readonly Option<string> _kernel = KernelOption();

    private readonly Option<string> _boundary = BoundaryOption();

    private readonly Option<double?> _rho = OptionFactory.Positive("--rho", "RHO", "The penalty of ADMM.");

    /// <summary>The option <c>--kernel</c>.</summary>
    public static Option<string> KernelOption() => OptionFactory.Text("--kernel", "KERNEL",
        "The blur: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file.");

    /// <summary>The option <c>--boundary</c>.</summary>
    public static Option<string> BoundaryOption() => OptionFactory.Choice("--boundary",
        "What the blur finds beyond the edge of an image.", [.. Enum.GetValues<Boundary>().Select(NameOf)])
        .WithDefault(NameOf(Boundary.Periodic));

    /// <summary>The boundary that was typed.</summary>
    public static Boundary ParseBoundary(string name) => Enum.Parse<Boundary>(name, ignoreCase: true);

    /// <summary>What users call a boundary.</summary>
    public static string NameOf(Boundary boundary) => boundary.ToString().ToLowerInvariant();

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_preset);
        command.Add(_size);
        command.Add(_stride);
        command.Add(_kernel);
        command.Add(_boundary);
        command.Add(_rho);
    }

    /// <summary>The values that were typed.</summary>
    public OperatorOptions Read(ParseResult parsed) => new(
        parsed.GetRequiredValue(_preset),
        parsed.GetValue(_size),
        parsed.GetValue(_stride),
        parsed.GetValue(_kernel),
        ParseBoundary(parsed.GetRequiredValue(_boundary)),
        parsed.GetValue(_rho));
}
