namespace TSpin.Cli;

/// <summary>A line of what <c>tspin score</c> writes.</summary>
/// <param name="Index">The record's number in the input, from 0.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="ResponseIds">The response's token ids.</param>
/// <param name="TokenLogProbs">Nats, one per response token.</param>
/// <param name="LogProb">Their sum.</param>
/// <param name="LogProbPerToken">Their mean; null for a response without tokens.</param>
/// <param name="IsGreedy">Whether greedy decoding would have written just this response.</param>
internal sealed record ScoreLine(int Index, int PromptTokens, int[] ResponseIds, float[] TokenLogProbs, double LogProb, double? LogProbPerToken, bool IsGreedy);
