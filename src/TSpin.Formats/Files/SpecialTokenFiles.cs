namespace TSpin.Files;

/// <summary>
/// Which files name a model's special tokens (<c>eos_token</c> and so on), as transformers 5.23 reads them: where tokenizer_config.json has an
/// <c>added_tokens_decoder</c> it alone does; else special_tokens_map.json goes before it.
/// </summary>
internal static class SpecialTokenFiles
{
    public const string Map = "special_tokens_map.json";

    /// <summary>The names of the files, the one that decides first.</summary>
    /// <param name="configHasDecoder">Whether tokenizer_config.json has an <c>added_tokens_decoder</c>.</param>
    public static string[] InOrder(bool configHasDecoder) => configHasDecoder ? [ModelJson.TokenizerConfig] : [Map, ModelJson.TokenizerConfig];
}
