namespace TSpin.Generation;

/// <summary>Answers of a file that were made with another batch size than the rest.</summary>
/// <param name="Answers">How many answers the file had when the batch size changed, counted from its beginning.</param>
/// <param name="BatchSize">Prompts answered at the same time until then.</param>
public sealed record EarlierBatches(int Answers, int BatchSize);
