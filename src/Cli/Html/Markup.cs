using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Html;

/// <summary>
/// A piece of HTML. <see cref="Of"/> makes it from an interpolated string, whose literal parts are markup and whose values
/// are text, so that no value can be forgotten to be escaped.
/// </summary>
/// <param name="Text">The markup.</param>
internal readonly record struct Markup(string Text)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The markup of an interpolated string.</summary>
    public static Markup Of(Writer markup) => new(markup.ToString());

    /// <summary>Text of several lines, with its line breaks and spaces.</summary>
    public static Markup Lines(string text) => new(Encoder.Encode(text).Replace("&#xA;", "\n", StringComparison.Ordinal));

    /// <summary>Writes the parts of an interpolated string.</summary>
    /// <param name="literalLength">The length of its markup.</param>
    /// <param name="formattedCount">The number of its values.</param>
    [InterpolatedStringHandler]
    public readonly struct Writer(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + 16 * formattedCount);

        /// <summary>Appends markup.</summary>
        public void AppendLiteral(string markup) => _text.Append(markup);

        /// <summary>Appends text on one line, escaped.</summary>
        public void AppendFormatted(string text) => _text.Append(Encoder.Encode(PrintableText.Of(text)));

        /// <summary>Appends a number.</summary>
        public void AppendFormatted(int number) => _text.Append(CultureInfo.InvariantCulture, $"{number}");

        /// <summary>Appends a coordinate, with up to two decimals.</summary>
        public void AppendFormatted(double coordinate) =>
            _text.Append(coordinate.ToString("0.##", CultureInfo.InvariantCulture));

        /// <summary>Appends markup.</summary>
        public void AppendFormatted(Markup markup) => _text.Append(markup.Text);

        /// <summary>Appends pieces of markup.</summary>
        public void AppendFormatted(IEnumerable<Markup> pieces)
        {
            foreach (Markup piece in pieces)
            {
                _text.Append(piece.Text);
            }
        }

        /// <inheritdoc/>
        public override string ToString() => _text.ToString();
    }
}
