namespace TSpin.Tokenizers;

/// <summary>A token that is found in the text before anything is split, as tokenizer.json's <c>added_tokens</c> list them.</summary>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Only where no word character touches it.</param>
/// <param name="StripLeft">Takes white space before it along.</param>
/// <param name="StripRight">Takes white space after it along.</param>
/// <param name="Normalized">Is looked for after normalization, itself normalized.</param>
/// <param name="Special">Left out of decoded text when special tokens are to be skipped.</param>
internal sealed record AddedToken(string Content, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized, bool Special);
