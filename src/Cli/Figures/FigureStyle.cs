using InfAdmm.Imaging.Evaluation;
using InfAdmm.Solvers.ZUpdate;
using ScottPlot;
using SkiaSharp;

namespace InfAdmm.Cli.Figures;

/// <summary>The style of a solver, the same in every figure: colour, marker and dash pattern.</summary>
/// <param name="Color">A colour of the Okabe-Ito palette, which colour-blind readers can distinguish.</param>
/// <param name="Marker">The marker shape, for print without colour.</param>
/// <param name="Pattern">The dash pattern.</param>
internal sealed record FigureStyle(Color Color, MarkerShape Marker, LinePattern Pattern)
{
    private static readonly FigureStyle[] Styles =
    [
        new(Color.FromHex("#000000"), MarkerShape.OpenDiamond, LinePattern.Solid),
        new(Color.FromHex("#E69F00"), MarkerShape.FilledSquare, LinePattern.Solid),
        new(Color.FromHex("#999999"), MarkerShape.OpenSquare, LinePattern.Solid),
        new(Color.FromHex("#0072B2"), MarkerShape.FilledCircle, LinePattern.Solid),
        new(Color.FromHex("#56B4E9"), MarkerShape.OpenCircle, LinePattern.DenselyDashed),
        new(Color.FromHex("#CC79A7"), MarkerShape.FilledTriangleDown, LinePattern.DenselyDashed),
        new(Color.FromHex("#D55E00"), MarkerShape.FilledTriangleUp, LinePattern.Solid),
        new(Color.FromHex("#009E73"), MarkerShape.FilledDiamond, LinePattern.Solid),
    ];

    private static readonly string[] PreferredFonts =
        ["Open Sans", "Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", "Noto Sans", "DejaVu Sans"];

    /// <summary>The first sans-serif font of the list that is installed, otherwise the default font.</summary>
    public static string FontName { get; } =
        PreferredFonts.Intersect(SKFontManager.Default.FontFamilies).FirstOrDefault() ?? SKTypeface.Default.FamilyName;

    /// <summary>The style of a curve without a name of its own, by its index.</summary>
    public static FigureStyle Of(int index) => Styles[index % Styles.Length];

    /// <summary>
    /// The style of a z-solver, which defines its colour, or of a method of <c>evaluate</c>. A solver whose colour is
    /// not in the table is drawn with crosses.
    /// </summary>
    public static FigureStyle Of(string name)
    {
        if (ZSolvers.All.FirstOrDefault(solver => solver.Name == name) is { } solver)
        {
            var color = Color.FromHex(solver.Colour);
            return Styles.FirstOrDefault(style => style.Color == color)
                ?? new FigureStyle(color, MarkerShape.Eks, LinePattern.Dotted);
        }

        return Of(Math.Max(RestorationMethods.Names.ToList().IndexOf(name), 0));
    }
}
