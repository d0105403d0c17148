namespace TSpin.Demo;

/// <summary>One document of the base corpus. The pretraining model reads prompt, response, and one end-of-text token after it.</summary>
/// <param name="Prompt">The rendered question, or empty for plain arithmetic.</param>
/// <param name="Response">What follows; never empty.</param>
public sealed record BaseDocument(string Prompt, string Response);
