using System.Globalization;
using System.Text.RegularExpressions;

namespace TSpin.Demo;

/// <summary>
/// Reads kinds of word problem from their text form (<c>WordProblems.txt</c>): paragraphs of lines that begin with <c>#</c> (name),
/// <c>with</c> (numbers), <c>?</c> (a way to ask), <c>=</c> (a solution step) or a slot name (words to choose from).
/// </summary>
public static partial class ProblemTemplateFile
{
    /// <summary>Reads all templates of a file.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <returns>The templates in the order of the file.</returns>
    /// <exception cref="TSpinException">A line that cannot be understood; the message names the line.</exception>
    public static IReadOnlyList<ProblemTemplate> Read(string text, string source)
    {
        var templates = new List<ProblemTemplate>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            try
            {
                if (line.StartsWith("# ", StringComparison.Ordinal))
                {
                    var words = line[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    templates.Add(new ProblemTemplate(words[0], words is [_, "held-out"], [], [], [], []));
                }
                else
                {
                    templates[^1] = Extend(templates[^1], line);
                }
            }
            catch (Exception error) when (error is FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException or OverflowException)
            {
                throw new TSpinException($"{source}:{i + 1}: not a line of a word problem template: \"{line}\". The head of WordProblems.txt explains the form.", error);
            }
        }

        return templates;
    }

    private static ProblemTemplate Extend(ProblemTemplate template, string line)
    {
        var (head, rest) = line.Split(' ', 2) is [var first, var second] ? (first, second) : throw new FormatException();
        return head switch
        {
            "with" => template with { Numbers = [.. rest.Split(", ").Select(ReadRange)] },
            "?" => template with { Questions = [.. template.Questions, rest] },
            "=" => template with { Steps = [.. template.Steps, ReadStep(rest)] },
            _ => template with { Words = [.. template.Words, new WordChoice(head, rest.Split('|'))] },
        };
    }

    private static NumberRange ReadRange(string text)
    {
        var match = RangePattern().Match(text);
        return match.Success
            ? new NumberRange(match.Groups[1].Value, Number(match.Groups[2]), Number(match.Groups[3]))
            : throw new FormatException();
    }

    private static SolutionStep ReadStep(string text)
    {
        var parts = text.Split(" | ");
        var match = StepPattern().Match(parts[0]);
        return match.Success && parts.Length > 1
            ? new SolutionStep(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value[0], match.Groups[4].Value, parts[1..])
            : throw new FormatException();
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([a-z]) (\d+)\.\.(\d+)$")]
    private static partial Regex RangePattern();

    [GeneratedRegex(@"^([a-z]) = ([a-z]|\d+)([-+*/])([a-z]|\d+)$")]
    private static partial Regex StepPattern();
}
