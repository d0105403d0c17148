using TSpin.Prompts;

namespace TSpin.Cli;

/// <summary>An annotated example as <c>tspin data show --json</c> prints it.</summary>
/// <param name="Index">Position in the data, from 0.</param>
/// <param name="Source">File and line.</param>
/// <param name="Prompt">The rendered prompt.</param>
/// <param name="Response">The response as the template writes it, without the token that ends it.</param>
/// <param name="Ids">Token ids of prompt, response and end.</param>
/// <param name="Pieces">The tokens' pieces.</param>
/// <param name="Trained">For each token whether its probability is trained.</param>
/// <param name="IsOneText">Whether the ids are those of prompt and response as one text.</param>
/// <param name="Ends">The tokens that end a response, each with the files that name it.</param>
/// <param name="TrainedEnd">The id among them that training appends.</param>
internal sealed record ShownExample(
    int Index, string Source, string Prompt, string Response, int[] Ids, string[] Pieces, bool[] Trained, bool IsOneText, IReadOnlyList<EndToken> Ends, int? TrainedEnd);
