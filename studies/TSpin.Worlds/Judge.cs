using System.Text.Json;
using System.Text.RegularExpressions;

namespace TSpin.Worlds;

/// <summary>A judge as <c>metric.command</c> of a task wants it: lines of answers in, a line with 1 or 0 for each out.</summary>
internal static partial class Judge
{
    /// <summary>Judges until the input ends.</summary>
    /// <param name="skill">Whose answers they are.</param>
    /// <param name="input">A line <c>{"prompt", "answer"}</c> each.</param>
    /// <param name="output">Takes the scores.</param>
    /// <exception cref="FormatException">A prompt is none of the worlds'.</exception>
    public static void Run(ISkill skill, TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            var asked = JsonElement.Parse(line);
            var question = Instruction().Match(asked.GetProperty("prompt").GetString()!);
            if (!question.Success)
            {
                throw new FormatException($"{line}: its prompt is no question of the worlds");
            }

            output.WriteLine(skill.IsRight(question.Groups[1].Value, asked.GetProperty("answer").GetString()!) ? '1' : '0');
        }
    }

    [GeneratedRegex(@"### Instruction: (.*)\n\n### Response:", RegexOptions.CultureInvariant)]
    private static partial Regex Instruction();
}
