using InfAdmm.Engine;
using SkiaSharp;

namespace InfAdmm.Cli.Html;

/// <summary>
/// Comparisons of pictures: they lie above one another, and a slider moves the cut between two of them. The pictures are
/// encoded when they are added, and there is a limit to their number and their size in the page.
/// </summary>
/// <param name="most">The most comparisons.</param>
internal sealed class Gallery(int most)
{
    // A page that contains them, in base 64, and its tables take about 10 MB at most.
    private const int MostBytes = 6_000_000;
    private const int LargestSide = 1000;

    // On a wide page, a reduced picture and its middle are side by side.
    private const int ReducedSide = 600;
    private const int DetailWidth = 640;
    private const int DetailHeight = 480;
    private const int SmallestSide = 480;

    private readonly List<Markup> _figures = [];
    private int _bytes;

    /// <summary>The number of comparisons.</summary>
    public int Count { get; private set; }

    /// <summary>Whether another comparison would not be shown.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds a comparison, unless the gallery is full.</summary>
    /// <param name="caption">What the pictures show.</param>
    /// <param name="size">The shape of the grid that the pictures lie on.</param>
    /// <param name="pictures">The pictures, at least two.</param>
    /// <param name="left">The index of the picture that lies on the left of the cut at first.</param>
    /// <param name="right">The index of the picture that lies on its right at first.</param>
    public void Add(string caption, Shape size, IReadOnlyList<ComparedPicture> pictures, int left, int right)
    {
        if (IsFull)
        {
            return;
        }

        int side = Math.Max(size.H, size.W);
        double scale = side <= LargestSide ? 1 : (double)ReducedSide / side;
        int width = Math.Max(1, (int)Math.Round(scale * size.W));
        int height = Math.Max(1, (int)Math.Round(scale * size.H));
        string whole = $"{caption}, {size.W}×{size.H} pixels" +
            (scale < 1 ? FormattableString.Invariant($", reduced to {100 * scale:0.#} %") : "");
        var figures = new List<(Markup Figure, int Bytes)>
        {
            Figure(whole, new SKRectI(0, 0, size.W, size.H), width, height, pictures, left, right),
        };
        if (scale < 1)
        {
            int detailWidth = Math.Min(size.W, DetailWidth);
            int detailHeight = Math.Min(size.H, DetailHeight);
            var middle = SKRectI.Create(
                (size.W - detailWidth) / 2, (size.H - detailHeight) / 2, detailWidth, detailHeight);
            figures.Add(Figure(
                $"{caption}, its middle, not reduced", middle, detailWidth, detailHeight, pictures, left, right));
        }

        int bytes = _bytes + figures.Sum(figure => figure.Bytes);
        if (bytes > MostBytes)
        {
            IsFull = true;
            return;
        }

        _bytes = bytes;
        _figures.Add(Markup.Of($"<div class=\"pair\">\n{figures.Select(figure => figure.Figure)}</div>\n"));
        IsFull = ++Count == most;
    }

    /// <summary>The comparisons as HTML.</summary>
    public Markup Render() => Markup.Of($"<div class=\"gallery\">\n{_figures}</div>\n");

    private static (Markup Figure, int Bytes) Figure(
        string caption, SKRectI part, int width, int height, IReadOnlyList<ComparedPicture> pictures, int left, int right)
    {
        byte[][] encoded = [.. pictures.Select(picture => picture.Encode(part, width, height))];
        int enlargement = Math.Max(1, SmallestSide / Math.Max(width, height));
        IEnumerable<Markup> images = encoded.Select((bytes, i) => Markup.Of(
            $"<img class=\"{Side(i)}\" alt=\"{caption}: {pictures[i].Name}\" src=\"data:image/webp;base64,{new Markup(Convert.ToBase64String(bytes))}\">\n"));
        Markup choices = pictures.Count > 2
            ? Markup.Of($"<div class=\"choices\">{Choice("left", left)}{Choice("right", right)}</div>\n")
            : default;
        Markup figure = Markup.Of(
            $"""
            <figure class="compare" style="--width:{enlargement * width}px">
            {choices}<div class="{(enlargement > 1 ? "frame enlarged" : "frame")}" style="aspect-ratio:{width}/{height};--cut:50%">
            {images}<div class="cut"></div>
            <span class="side left">{pictures[left].Name}</span><span class="side right">{pictures[right].Name}</span>
            <input type="range" min="0" max="100" step="any" value="50" aria-label="the cut between the two pictures of {caption}">
            </div>
            <figcaption>{caption}</figcaption>
            </figure>

            """);
        return (figure, encoded.Sum(bytes => bytes.Length));

        string Side(int i) => i == left ? "left" : i == right ? "right" : "";

        Markup Choice(string side, int chosen)
        {
            IEnumerable<Markup> options = pictures.Select((picture, i) => i == chosen
                ? Markup.Of($"<option selected>{picture.Name}</option>")
                : Markup.Of($"<option>{picture.Name}</option>"));
            return Markup.Of($"<select class=\"{side}\" aria-label=\"picture on the {side}\">{options}</select>");
        }
    }
}
