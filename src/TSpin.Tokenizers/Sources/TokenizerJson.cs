using TSpin.Tokenizers.PostProcessors;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads tokenizer.json, the format of Hugging Face's tokenizers library.</summary>
internal static class TokenizerJson
{
    public static TokenizerParts Read(string file) => Read(JsonField.Read(file));

    public static TokenizerParts Read(JsonField root)
    {
        return new TokenizerParts(
            root.Optional("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null,
            root.Optional("pre_tokenizer") is { } preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null,
            ModelReader.Read(root.Required("model")),
            root.Optional("post_processor") is { } postProcessor ? PostProcessorReader.Read(postProcessor) : PostProcessor.None,
            root.Optional("decoder") is { } decoder ? DecoderReader.Read(decoder) : null,
            root.Optional("added_tokens") is { } added ? [.. added.Items().Select(SideTokens.Read)] : []);
    }
}
