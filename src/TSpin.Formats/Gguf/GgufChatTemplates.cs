namespace TSpin.Gguf;

/// <summary>The chat templates in a GGUF file: <c>tokenizer.chat_template</c>, and named ones in <c>tokenizer.chat_template.NAME</c>.</summary>
public static class GgufChatTemplates
{
    /// <summary>What a template without a name is called, as in transformers.</summary>
    public const string Default = "default";

    private const string Key = "tokenizer.chat_template";

    /// <summary>Reads them.</summary>
    /// <param name="metadata">The file's metadata.</param>
    /// <returns>Name, Jinja source and metadata key of each, the default one first.</returns>
    /// <exception cref="TSpinException">One is no text.</exception>
    public static IReadOnlyList<(string Name, string Source, string Key)> Read(GgufMetadata metadata)
    {
        var named = metadata.Keys.Where(key => key.StartsWith(Key + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return [.. metadata.Keys.Where(key => key == Key).Concat(named).Select(key => (key == Key ? Default : key[(Key.Length + 1)..], metadata.Text(key)!, key))];
    }
}
