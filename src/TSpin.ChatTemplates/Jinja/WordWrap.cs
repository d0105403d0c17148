using System.Text.RegularExpressions;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>The filter <c>wordwrap</c>: Python's <c>textwrap</c> for every line of a text, white space within lines kept.</summary>
internal static partial class WordWrap
{
    private const string Blanks = " \t\n\v\f\r";

    public static string Apply(Interpreter interpreter, string text, BoundArguments bound)
    {
        var width = bound.Integer("width", 79);
        var (breaksWords, breaksHyphens) = (bound.Truth("break_long_words", true), bound.Truth("break_on_hyphens", true));
        var between = bound.OptionalText("wrapstring") ?? "\n";
        if (width <= 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, $"invalid width {width} (must be > 0)");
        }

        var lines = StringMethods.Lines(text).Select(line => string.Join(between, Wrap(interpreter, line, width, breaksWords, breaksHyphens))).ToList();
        interpreter.Charge(lines.Sum(line => (long)line.Length + between.Length));
        return string.Join(between, lines);
    }

    private static List<string> Wrap(Interpreter interpreter, string text, int width, bool breaksWords, bool breaksHyphens)
    {
        interpreter.Charge(text.Length);
        var chunks = new Stack<string>((breaksHyphens ? Hyphenated() : Spaced()).Split(text).Where(chunk => chunk.Length > 0).Reverse());
        var lines = new List<string>();
        while (chunks.Count > 0)
        {
            if (lines.Count > 0 && IsBlank(chunks.Peek()))
            {
                chunks.Pop();
            }

            var line = new List<string>();
            var length = 0;
            while (chunks.Count > 0 && length + CodePoints.Count(chunks.Peek()) <= width)
            {
                length += CodePoints.Count(chunks.Peek());
                line.Add(chunks.Pop());
            }

            // The next one fits on no line.
            if (chunks.Count > 0 && CodePoints.Count(chunks.Peek()) > width)
            {
                BreakWord(chunks, line, width - length, breaksWords, breaksHyphens);
            }

            if (line.Count > 0 && IsBlank(line[^1]))
            {
                line.RemoveAt(line.Count - 1);
            }

            if (line.Count > 0)
            {
                interpreter.Charge(1);
                lines.Add(string.Concat(line));
            }
        }

        return lines;
    }

    private static void BreakWord(Stack<string> chunks, List<string> line, int room, bool breaksWords, bool breaksHyphens)
    {
        if (!breaksWords)
        {
            if (line.Count == 0)
            {
                line.Add(chunks.Pop());
            }

            return;
        }

        var characters = CodePoints.Of(chunks.Pop()).ToList();
        var end = Math.Min(room, characters.Count);
        if (breaksHyphens && characters.Count > room)
        {
            // After the last hyphen that fits, but only where something else stands before it.
            var hyphen = room > 0 ? characters.FindLastIndex(room - 1, character => character == "-") : -1;
            if (hyphen > 0 && characters.Take(hyphen).Any(character => character != "-"))
            {
                end = hyphen + 1;
            }
        }

        line.Add(string.Concat(characters.Take(end)));
        if (end < characters.Count)
        {
            chunks.Push(string.Concat(characters.Skip(end)));
        }
    }

    private static bool IsBlank(string chunk) => StringMethods.Strip(chunk, null).Length == 0;

    // textwrap's own division into chunks: white space, dashes between words, words up to a hyphen within them.
    [GeneratedRegex(
        """([ \t\n\v\f\r]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^ \t\n\v\f\r]+?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[^\d\W]-))(?=[^\d\W]-?[^\d\W])|(?=[ \t\n\v\f\r]|\z)|(?<=[\w!"'&.,?])(?=-{2,}\w)))""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Hyphenated();

    [GeneratedRegex($"([{Blanks}]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Spaced();
}
