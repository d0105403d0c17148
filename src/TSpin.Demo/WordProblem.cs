using System.Globalization;
using System.Text.RegularExpressions;

namespace TSpin.Demo;

/// <summary>One grade-school word problem, in GSM8K's form: a question, a solution in several lines, and a number.</summary>
/// <param name="Template">Its kind.</param>
/// <param name="Numbers">Values of the template's numbers, in order.</param>
/// <param name="Slots">The words in it, by slot name.</param>
/// <param name="QuestionWording">Which of the template's questions asks it.</param>
/// <param name="StepWordings">Which of each step's sentences the solution uses.</param>
public sealed partial record WordProblem(
    ProblemTemplate Template,
    IReadOnlyList<int> Numbers,
    IReadOnlyDictionary<string, string> Slots,
    int QuestionWording,
    IReadOnlyList<int> StepWordings)
{
    /// <summary>The problem's kind and numbers, for example <c>bus:40,12,7</c>: two problems with the same key are the same sum.</summary>
    public string Key => $"{Template.Name}:{string.Join(',', Numbers)}";

    /// <summary>The part of the world it belongs to.</summary>
    public ProblemSplit Split => ProblemSplits.Of(Key);

    /// <summary>The question, ASCII text.</summary>
    public string Question => Fill(Template.Questions[QuestionWording], null);

    /// <summary>The right answer.</summary>
    public int Answer => Template.Work(Numbers)[^1].Result;

    /// <summary>The worked solution in the house style: a sentence with an equation for each step, then <c>#### n</c>.</summary>
    public string Solution => WriteSolution(Template.Work(Numbers));

    /// <summary>Writes a solution in the house style from given equations, right or not.</summary>
    /// <param name="equations">One per step.</param>
    /// <returns>A line for each step and the line <c>#### n</c> with the last one's result.</returns>
    public string WriteSolution(IReadOnlyList<Equation> equations)
    {
        var lines = Template.Steps.Select((step, i) => Fill(step.Sentences[StepWordings[i]], equations[i]));
        return $"{string.Join('\n', lines)}\n#### {equations[^1].Result}";
    }

    private string Fill(string text, Equation? equation) => SlotPattern().Replace(text, match =>
    {
        var slot = match.Groups[1].Value;
        if (slot == "=")
        {
            return equation?.ToString() ?? throw new InvalidOperationException($"{Template.Name}: a question cannot hold an equation.");
        }

        var number = Template.Numbers.ToList().FindIndex(range => range.Name == slot);
        if (number >= 0)
        {
            return Numbers[number].ToString(CultureInfo.InvariantCulture);
        }

        return Slots.TryGetValue(slot, out var word)
            ? word
            : throw new InvalidOperationException($"{Template.Name}: nothing stands for {{{slot}}}.");
    });

    [GeneratedRegex(@"\{([A-Za-z]+|=)\}")]
    private static partial Regex SlotPattern();
}
