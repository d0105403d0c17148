using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// Judges responses as IFEval's official checker does, in the form that lm-evaluation-harness 0.4 has of it (tasks
/// ifeval and leaderboard_ifeval).
/// </summary>
/// <param name="tools">What tells languages and sentences.</param>
public sealed class InstructionJudge(LinguisticTools tools)
{
    /// <summary>A prompt's instructions, made once and asked about any number of responses.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <returns>In its order.</returns>
    /// <exception cref="TSpinException">A type is not known, or its arguments lack something: names the prompt and the
    /// instruction.</exception>
    public IReadOnlyList<IInstruction> InstructionsOf(InstructionPrompt prompt)
    {
        var instructions = new IInstruction[prompt.InstructionIds.Count];
        for (var i = 0; i < instructions.Length; i++)
        {
            try
            {
                instructions[i] = InstructionKinds.Find(prompt.InstructionIds[i]).Create(
                    new InstructionArguments(prompt.Arguments[i], tools));
            }
            catch (TSpinException error)
            {
                throw new TSpinException($"prompt {prompt.Key}: instruction {i + 1} ({prompt.InstructionIds[i]}): {error.Message}", error);
            }
        }

        return instructions;
    }

    /// <summary>Judges a response.</summary>
    /// <param name="prompt">What was asked.</param>
    /// <param name="response">What was answered.</param>
    /// <returns>Strict and loose verdicts, one for each instruction.</returns>
    /// <exception cref="TSpinException">As <see cref="InstructionsOf"/>.</exception>
    public InstructionVerdicts Judge(InstructionPrompt prompt, string response)
    {
        var instructions = InstructionsOf(prompt);
        var variants = Variants(response);
        // The first variant is the response itself: what it follows strictly it follows loosely too.
        var (strict, loose) = (new bool[instructions.Count], new bool[instructions.Count]);
        for (var i = 0; i < instructions.Count; i++)
        {
            try
            {
                strict[i] = Follows(instructions[i], response);
                loose[i] = strict[i] || variants.Skip(1).Any(variant => Follows(instructions[i], variant));
            }
            catch (RegexMatchTimeoutException error)
            {
                throw new TSpinException(
                    $"prompt {prompt.Key}: instruction {i + 1} ({prompt.InstructionIds[i]}): its pattern does not come to an end on a response of {response.Length} characters. Simplify it in kwargs.", error);
            }
        }

        return new InstructionVerdicts(strict, loose);
    }

    /// <summary>
    /// Which instructions the official checker fills in by chance in such a way that its verdict, strict or loose,
    /// could be either.
    /// </summary>
    /// <param name="prompt">What was asked.</param>
    /// <param name="response">What was answered.</param>
    /// <returns>One for each instruction.</returns>
    /// <exception cref="TSpinException">As <see cref="InstructionsOf"/>.</exception>
    public IReadOnlyList<bool> DependOnChance(InstructionPrompt prompt, string response) =>
        [.. InstructionsOf(prompt).Select(instruction => instruction is IDrawnInstruction drawn
            && Variants(response).Any(drawn.DependsOnDraw))];

    /// <summary>
    /// The texts that loose checking tries: the response, and without its first line, last line, both, each also
    /// without asterisks.
    /// </summary>
    /// <param name="response">The response.</param>
    /// <returns>Eight texts, the response first.</returns>
    internal static IReadOnlyList<string> Variants(string response)
    {
        var lines = response.Split('\n');
        string[] cut =
        [
            response,
            PythonString.Strip(string.Join('\n', lines.Skip(1))),
            PythonString.Strip(string.Join('\n', lines.SkipLast(1))),
            PythonString.Strip(string.Join('\n', lines.Skip(1).SkipLast(1))),
        ];
        return [.. cut, .. cut.Select(text => text.Replace("*", "", StringComparison.Ordinal))];
    }

    private static bool Follows(IInstruction instruction, string response) => !PythonText.IsBlank(response)
        && instruction.IsFollowed(response);
}
