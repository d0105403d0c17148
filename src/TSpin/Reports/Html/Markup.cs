using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace TSpin.Reports.Html;

/// <summary>
/// HTML or SVG that is safe to write as it stands. Made from interpolated strings only, whose holes are escaped unless they are
/// markup themselves: forgetting to escape does not compile into a hole in the page.
/// </summary>
public readonly struct Markup
{
    private readonly string? _text;

    private Markup(string text) => _text = text;

    /// <summary>The markup as text.</summary>
    public string Text => _text ?? "";

    /// <summary>Nothing.</summary>
    public static Markup Empty => default;

    /// <summary>Markup from an interpolated string; texts in its holes are escaped.</summary>
    /// <param name="template">The interpolated string.</param>
    /// <returns>The markup.</returns>
    public static Markup Of(Template template) => new(template.ToText());

    /// <summary>Text of ours that must not be escaped: style sheets and scripts written in this source.</summary>
    internal static Markup Verbatim(string text) => new(text);

    /// <summary>The pieces one after another.</summary>
    /// <param name="pieces">Markup in order.</param>
    /// <returns>Their concatenation.</returns>
    public static Markup Join(IEnumerable<Markup> pieces) => new(string.Concat(pieces.Select(piece => piece.Text)));

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Collects an interpolated string, escaping its holes.</summary>
    /// <param name="literalLength">Characters outside the holes.</param>
    /// <param name="formattedCount">Number of holes.</param>
    [InterpolatedStringHandler]
    public readonly ref struct Template(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (formattedCount * 16));

        /// <summary>Appends markup written in the source.</summary>
        /// <param name="literal">The text between holes.</param>
        public void AppendLiteral(string literal) => _text.Append(literal);

        /// <summary>Appends a text, escaped.</summary>
        /// <param name="text">Any text.</param>
        public void AppendFormatted(string? text) => _text.Append(HtmlText.Escape(text));

        /// <summary>Appends markup as it is.</summary>
        /// <param name="markup">Markup.</param>
        public void AppendFormatted(Markup markup) => _text.Append(markup.Text);

        /// <summary>Appends a whole number.</summary>
        /// <param name="number">The number.</param>
        public void AppendFormatted(int number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>Appends a number, as a coordinate with at most one decimal unless a format says otherwise.</summary>
        /// <param name="number">A finite number.</param>
        /// <param name="format">A numeric format.</param>
        public void AppendFormatted(double number, string format = "0.#") =>
            _text.Append(HtmlText.Escape(number.ToString(format, CultureInfo.InvariantCulture)));

        internal string ToText() => _text.ToString();
    }
}
