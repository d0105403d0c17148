using System.Text.Json.Nodes;
using TSpin.Randomness;
using TSpin.Tokenizers;

namespace TSpin.Tests.Tokenizers;

/// <summary>Random tokenizer.json files: every component with random options, in random combinations.</summary>
internal sealed class RandomTokenizer(RandomStream random)
{
    private static readonly string ByteLevelModel = JsonNode.Parse(BpeTrainer.Train([.. Enumerable.Range(0, 200).Select(i => RandomText.Mixed(new RandomStream((ulong)i)))], 600, []))!["model"]!.ToJsonString();

    private static readonly string[] Patterns =
    [
        """{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}""",
        """{"Regex":"\\d"}""", """{"Regex":"\\s+"}""", """{"String":" "}""", """{"String":"a"}""", """{"Regex":"[,.\\-]"}""", """{"Regex":"\\w+|[^\\w\\s]+"}""", """{"Regex":"(?=[A-Z])"}""",
        """{"Regex":"\\b"}""", """{"Regex":"\\p{Han}"}""", """{"Regex":"[a-c]*"}""", """{"Regex":"^\\s|\\s$"}""",
    ];

    private static readonly string[] Behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

    private static readonly string[] AddedTexts = ["<s>", "</s>", "<mask>", "the", "ab", "I'M", "é", "[X]", "  ", "\n", "<sep>", "Ann", "１", "abc d"];

    /// <summary>The next file. One added token at most is looked for in normalized text: which of two that normalize alike is found differs from run to run in tokenizers itself.</summary>
    public JsonObject Next() => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. Enumerable.Range(0, random.NextInt(6)).Select(n => (JsonNode)TestTokenizers.AddedToken(Pick(AddedTexts), Coin(), n == 0, Rarely(), Rarely(), Rarely())).DistinctBy(token => (string)token["content"]!)]),
        ["normalizer"] = Coin() ? Composed("normalizers", Normalizer, 4) : null,
        ["pre_tokenizer"] = random.NextInt(5) > 0 ? Composed("pretokenizers", PreTokenizer, 3) : null,
        ["post_processor"] = PostProcessor() is { } post ? JsonNode.Parse(post) : null,
        ["decoder"] = random.NextInt(6) > 0 ? Composed("decoders", Decoder, 4) : null,
        ["model"] = JsonNode.Parse(Model()),
    };

    private JsonNode Composed(string members, Func<string> one, int most) => JsonNode.Parse(
        Rarely() ? $$"""{"type":"Sequence","{{members}}":[{{string.Join(',', Enumerable.Range(0, random.NextInt(1, most)).Select(_ => one()))}}]}""" : one())!;

    private string Normalizer() => random.NextInt(9) switch
    {
        0 => $$"""{"type":"{{Pick(["NFC", "NFD", "NFKC", "NFKD"])}}"}""",
        1 => """{"type":"Nmt"}""",
        2 => $$"""{"type":"Prepend","prepend":"{{Pick(["▁", " ", "ab", "é"])}}"}""",
        3 => $$"""{"type":"Replace","pattern":{{Pick(Patterns)}},"content":"{{Pick(["▁", "", " ", "xy"])}}"}""",
        4 => """{"type":"Lowercase"}""",
        5 => $$"""{"type":"Strip","strip_left":{{Flag()}},"strip_right":{{Flag()}}}""",
        6 => """{"type":"StripAccents"}""",
        7 => $$"""{"type":"BertNormalizer","clean_text":{{Flag()}},"handle_chinese_chars":{{Flag()}},"strip_accents":{{Pick(["null", "true", "false"])}},"lowercase":{{Flag()}}}""",
        _ => """{"type":"ByteLevel"}""",
    };

    // Metaspace with "first" is left out: see docs/tokenizers.md on the one thing that differs there.
    private string PreTokenizer() => random.NextInt(10) switch
    {
        0 => $$"""{"type":"ByteLevel","add_prefix_space":{{Flag()}},"trim_offsets":{{Flag()}},"use_regex":{{Flag()}}}""",
        1 or 2 => $$"""{"type":"Split","pattern":{{Pick(Patterns)}},"behavior":"{{Pick(Behaviors)}}","invert":{{Flag()}}}""",
        3 => $$"""{"type":"Metaspace","replacement":"{{Pick(["▁", "_"])}}","prepend_scheme":"{{Pick(["always", "never"])}}","split":{{Flag()}}}""",
        4 => $$"""{"type":"Digits","individual_digits":{{Flag()}}}""",
        5 => $$"""{"type":"Punctuation","behavior":"{{Pick(Behaviors)}}"}""",
        6 => $$"""{"type":"{{Pick(["Whitespace", "WhitespaceSplit"])}}"}""",
        7 => $$"""{"type":"{{Pick(["UnicodeScripts", "BertPreTokenizer"])}}"}""",
        8 => $$"""{"type":"CharDelimiterSplit","delimiter":"{{Pick(["a", "e", " "])}}"}""",
        _ => $$"""{"type":"FixedLength","length":{{random.NextInt(1, 5)}}}""",
    };

    private string? PostProcessor()
    {
        const string Template = """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[2,1],"tokens":["</s>","<s>"]}}}""";
        const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}""";
        return random.NextInt(6) switch
        {
            0 => Template,
            1 => ByteLevel,
            2 => """{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",1],"trim_offsets":true,"add_prefix_space":true}""",
            3 => """{"type":"BertProcessing","sep":["</s>",2],"cls":["<s>",1]}""",
            4 => $$"""{"type":"Sequence","processors":[{{ByteLevel}},{{Template}}]}""",
            _ => null,
        };
    }

    private string Decoder() => random.NextInt(8) switch
    {
        0 => """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""",
        1 => $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{Pick(["always", "first", "never"])}}","split":true}""",
        2 => """{"type":"ByteFallback"}""",
        3 => """{"type":"Fuse"}""",
        4 => $$"""{"type":"Replace","pattern":{{Pick(["""{"String":"▁"}""", """{"Regex":"a+"}""", """{"String":"##"}"""])}},"content":"{{Pick([" ", "", "x"])}}"}""",
        5 => """{"type":"BPEDecoder","suffix":"</w>"}""",
        6 => $$"""{"type":"WordPiece","prefix":"##","cleanup":{{Flag()}}}""",
        _ => $$"""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":{{Flag()}}}""",
    };

    private string Model()
    {
        const string Characters = "abcdehinorst▁_ ,.'éx0123456789AI";
        var bytes = Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>");
        var tokens = new[] { "<unk>", "<s>", "</s>" }.Concat(Characters.Select(c => c.ToString())).ToList();
        switch (random.NextInt(6))
        {
            case 0:
                return ByteLevelModel.Replace("\"ignore_merges\":false", $"\"ignore_merges\":{Flag()}", StringComparison.Ordinal);
            case 1:
                var pairs = new[] { ("t", "h"), ("th", "e"), ("▁", "t"), ("▁t", "h"), ("a", "b"), ("1", "0"), ("10", "0"), ("▁", "▁"), (" ", " "), ("é", "é") };
                tokens.AddRange(pairs.Select(p => p.Item1 + p.Item2).Concat(Coin() ? bytes : []));
                return $$"""{"type":"BPE","dropout":null,"unk_token":{{Pick(["null", "\"<unk>\""])}},"fuse_unk":{{Flag()}},"byte_fallback":{{Flag()}},"ignore_merges":{{Flag()}},"vocab":{{Vocabulary(tokens)}},"merges":{{new JsonArray([.. pairs.Select(p => (JsonNode)new JsonArray(p.Item1, p.Item2))]).ToJsonString()}}}""";
            case 2:
                var affixed = new[] { ("t", "##h"), ("th", "##e</w>"), ("a", "##b"), ("##a", "##b</w>"), ("1", "##0") };
                tokens.AddRange(Characters.SelectMany(c => new[] { $"##{c}", $"{c}</w>", $"##{c}</w>" }).Concat(["th", "the</w>", "ab", "##ab</w>", "10"]));
                return $$"""{"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":"##","end_of_word_suffix":"</w>","fuse_unk":{{Flag()}},"byte_fallback":false,"vocab":{{Vocabulary(tokens)}},"merges":{{new JsonArray([.. affixed.Select(p => (JsonNode)$"{p.Item1} {p.Item2}")]).ToJsonString()}}}""";
            case 3:
                tokens.AddRange(new[] { "th", "the", "▁the", "ab", "aa", "▁▁", "100", "no" }.Concat(Coin() ? bytes : []));
                return $$"""{"type":"Unigram","unk_id":0,"byte_fallback":{{Flag()}},"vocab":{{new JsonArray([.. tokens.Select((token, id) => (JsonNode)new JsonArray(token, -1 - (random.NextInt(4000) / 1000.0)))]).ToJsonString()}}}""";
            case 4:
                tokens.AddRange(Characters.Select(c => $"##{c}").Concat(["the", "##the", "10", "##00"]));
                return $$"""{"type":"WordPiece","unk_token":"<unk>","continuing_subword_prefix":"##","max_input_chars_per_word":{{Pick(["100", "5"])}},"vocab":{{Vocabulary(tokens)}}}""";
            default:
                tokens.AddRange(["the", "Ann", "of", "100", "don", "▁the", "  "]);
                return $$"""{"type":"WordLevel","unk_token":"<unk>","vocab":{{Vocabulary(tokens)}}}""";
        }
    }

    private static string Vocabulary(IEnumerable<string> tokens) =>
        new JsonObject(tokens.Distinct().Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))).ToJsonString();

    private bool Coin() => random.NextInt(2) == 0;

    private bool Rarely() => random.NextInt(3) == 0;

    private string Flag() => Coin() ? "true" : "false";

    private string Pick(string[] choices) => choices[random.NextInt(choices.Length)];
}
