namespace TSpin.Pretraining;

/// <summary>One document: the model reads prompt, response and one end-of-text token, and learns to predict all of it.</summary>
/// <param name="Prompt">Its first part, encoded apart as in fine-tuning; may be empty.</param>
/// <param name="Response">Its rest.</param>
public sealed record PretrainingDocument(string Prompt, string Response);
