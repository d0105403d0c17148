namespace TSpin.Tokenizers.Gguf;

/// <summary>
/// How a byte-level vocabulary splits text before it merges. A GGUF file keeps only a name for it (<c>tokenizer.ggml.pre</c>); what the name
/// stands for is said here in the words of tokenizer.json, as the models' own files have them.
/// </summary>
internal sealed record GgufPreTokenizer
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string SpacesAtTheEnd = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string UpperThenLower = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string UpperWithLower = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";

    private static readonly object Words = ByteLevel(useRegex: true);
    private static readonly object DigitsAndWords = Sequence(new { type = "Digits", individual_digits = true }, Words);
    private static readonly object Gpt4Words = Sequence(Split($@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{SpacesAtTheEnd}"), Bytes);
    private static readonly object QwenWords = Sequence(Split($@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{SpacesAtTheEnd}"), Bytes);

    private static readonly GgufPreTokenizer[] All =
    [
        new() { Names = ["gpt-2", "phi-2", "jais"], Splitting = Words },
        new() { Names = ["olmo", "mpt"], Splitting = Words, Normalizes = true },
        new() { Names = ["smollm", "starcoder", "refact", "codeshell"], Splitting = DigitsAndWords },
        new() { Names = ["command-r"], Splitting = DigitsAndWords, Normalizes = true },
        new() { Names = ["llama-bpe", "llama3", "llama-v3"], Splitting = Gpt4Words, IgnoresMerges = true, BeginsByDefault = true },
        new() { Names = ["smaug-bpe", "dbrx"], Splitting = Gpt4Words },
        new() { Names = ["qwen2", "deepseek-r1-qwen"], Splitting = QwenWords, Normalizes = true },
        new()
        {
            Names = ["tekken"],
            Splitting = Sequence(Split($@"{UpperThenLower}|{UpperWithLower}|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{SpacesAtTheEnd}"), Bytes),
            IgnoresMerges = true,
            BeginsByDefault = true,
        },
        new()
        {
            Names = ["gpt-4o", "llama4"],
            Splitting = Sequence(Split($@"{UpperThenLower}{Contractions}?|{UpperWithLower}{Contractions}?|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{SpacesAtTheEnd}"), Bytes),
        },
        new()
        {
            Names = ["deepseek-llm"],
            Splitting = Sequence(
                Split(@"[\r\n]"), Split(@"\s?\p{L}+"), Split(@"\s?\p{P}+"), Split(@"[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"),
                new { type = "Digits", individual_digits = true }, Bytes),
        },
        new()
        {
            Names = ["deepseek-v3"],
            Splitting = Sequence(
                Split(@"\p{N}{1,3}"), Split(@"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"),
                Split($@"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{{|}}~][A-Za-z]+|[^\r\n\p{{L}}\p{{P}}\p{{S}}]?[\p{{L}}\p{{M}}]+| ?[\p{{P}}\p{{S}}]+[\r\n]*|{SpacesAtTheEnd}"), Bytes),
        },
    ];

    /// <summary>The names that stand for it.</summary>
    public required string[] Names { get; init; }

    /// <summary><c>pre_tokenizer</c> in tokenizer.json.</summary>
    public required object Splitting { get; init; }

    /// <summary>Text is brought to NFC first.</summary>
    public bool Normalizes { get; init; }

    /// <summary>A piece that is a token as a whole is not merged.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>A text begins with BOS where the file does not say.</summary>
    public bool BeginsByDefault { get; init; }

    public static string KnownNames => string.Join(", ", All.SelectMany(known => known.Names));

    public static GgufPreTokenizer? Find(string name) => Array.Find(All, known => known.Names.Contains(name, StringComparer.Ordinal));

    private static object Bytes => ByteLevel(useRegex: false);

    private static object ByteLevel(bool useRegex) => new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = useRegex };

    private static object Sequence(params object[] parts) => new { type = "Sequence", pretokenizers = parts };

    private static object Split(string words) => new { type = "Split", pattern = new { Regex = words }, behavior = "Isolated", invert = false };
}
