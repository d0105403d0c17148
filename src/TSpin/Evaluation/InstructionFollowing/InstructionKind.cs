namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>A type of instruction: its name in the data, and how one of its kind is made.</summary>
/// <param name="Id">For example <c>punctuation:no_comma</c>.</param>
/// <param name="Create">
/// Makes the instruction from a prompt's arguments; a <see cref="TSpinException"/> where they lack something.
/// </param>
public sealed record InstructionKind(string Id, Func<InstructionArguments, IInstruction> Create);
