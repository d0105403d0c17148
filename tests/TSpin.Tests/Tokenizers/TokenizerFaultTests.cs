using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

public sealed class TokenizerFaultTests
{
    [Theory]
    [InlineData("normalizer", "NFC")]
    [InlineData("pre_tokenizer", "Whitespace")]
    [InlineData("post_processor", "TemplateProcessing")]
    [InlineData("decoder", "ByteLevel")]
    [InlineData("model", "BPE")]
    public void An_unknown_type_is_named_with_the_known_ones(string field, string known)
    {
        var json = TestTokenizers.Bytes();
        json[field] = JsonNode.Parse("""{"type":"Nonsense"}""");
        var message = Should.Throw<TSpinException>(() => TestTokenizers.Load(json)).Message;
        message.ShouldContain($"{field}.type");
        message.ShouldContain("\"Nonsense\"");
        message.ShouldContain(known);
    }

    [Fact]
    public void Nested_unknown_types_are_named_by_their_path()
    {
        var json = TestTokenizers.Bytes();
        json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"UnicodeScript"}]}""");
        Should.Throw<TSpinException>(() => TestTokenizers.Load(json)).Message.ShouldContain("pre_tokenizer.pretokenizers[1].type");
    }

    [Theory]
    [InlineData("""{"a":0,"b":0}""", "[]", "given twice")]
    [InlineData("""{"a":0,"a":1}""", "[]", "occurs twice")]
    [InlineData("""{"a":0,"b":1}""", """["a c"]""", "\"c\"")]
    [InlineData("""{"a":0,"b":1}""", """[["a","b"]]""", "\"ab\"")]
    [InlineData("""{"a":0,"b":1}""", """["a b c"]""", "two tokens")]
    [InlineData("""{"a":-1}""", "[]", "outside")]
    [InlineData("""{"a":2000000000}""", "[]", "outside")]
    [InlineData("""{"a":"x"}""", "[]", "not a whole number")]
    public void Mistakes_in_the_vocabulary_are_named(string vocab, string merges, string expected)
    {
        var text = $$$"""{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{{{vocab}}},"merges":{{{merges}}}}}""";
        Should.Throw<TSpinException>(() => TestTokenizers.Load(text)).Message.ShouldContain(expected);
    }

    [Fact]
    public void A_prefix_space_that_is_both_wanted_and_not_is_refused()
    {
        var json = TestTokenizers.Bytes();
        json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","add_prefix_space":false}""");
        Should.Throw<TSpinException>(() => TestTokenizers.Load(json)).Message.ShouldContain("pre_tokenizer.prepend_scheme is \"first\", but add_prefix_space is false");
    }

    [Fact]
    public void Templates_that_multiply_are_refused_before_they_are_made()
    {
        var json = TestTokenizers.Bytes();
        var template = new JsonObject { ["type"] = "TemplateProcessing", ["single"] = new JsonArray([.. Enumerable.Range(0, 9000).Select(_ => JsonNode.Parse("""{"Sequence":{"id":"A","type_id":0}}"""))]) };
        json["post_processor"] = new JsonObject { ["type"] = "Sequence", ["processors"] = new JsonArray(template, template.DeepClone(), template.DeepClone()) };
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<TSpinException>(() => TestTokenizers.Load(json)).Message.ShouldContain("repeat the text too often");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(200_000_000);
    }

    [Theory]
    [InlineData("(a", "\")\"")]
    [InlineData("a)", "\")\"")]
    [InlineData("[a", "\"]\"")]
    [InlineData("(a)\\\\1", "back-reference")]
    [InlineData("\\\\p{Klingon}", "Klingon")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("(?<=a+)b", "look-behind")]
    [InlineData("((((a{1000}){1000}){1000}))", "too large")]
    public void A_pattern_that_cannot_be_read_is_shown(string pattern, string expected)
    {
        var json = TestTokenizers.Bytes();
        json["pre_tokenizer"] = JsonNode.Parse($$"""{"type":"Split","pattern":{"Regex":"{{pattern}}"},"behavior":"Isolated"}""");
        var message = Should.Throw<TSpinException>(() => TestTokenizers.Load(json)).Message;
        message.ShouldContain("pre_tokenizer.pattern");
        message.ShouldContain(expected);
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        var json = TestTokenizers.Bytes();
        json["normalizer"] = JsonNode.Parse("""{"type":"Replace","pattern":{"Regex":"(?:a|a)+b"},"content":""}""");
        var tokenizer = TestTokenizers.Load(json);
        Should.Throw<TSpinException>(() => tokenizer.Encode(new string('a', 60), false)).Message.ShouldContain("backtracks");
    }

    [Fact]
    public void A_folder_without_tokenizer_and_a_missing_file_say_what_to_do()
    {
        var folder = Directory.CreateTempSubdirectory("tspin-none-").FullName;
        Should.Throw<TSpinException>(() => Tokenizer.Load(folder)).Message.ShouldContain("tokenizer.json");
        Should.Throw<TSpinException>(() => Tokenizer.Load(Path.Combine(folder, "no.json"))).Message.ShouldContain("no such file");
        Directory.Delete(folder);
    }

    [Fact]
    public void Roles_come_from_the_files_beside_the_tokenizer()
    {
        var folder = Directory.CreateTempSubdirectory("tspin-roles-").FullName;
        BpeTrainer.Train([], 260, ["<eos>", "<pad>", "<bos>"], Path.Combine(folder, "tokenizer.json"));
        Tokenizer.Load(folder).EosId.ShouldBeNull();
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"eos_token_id":[1,0],"bos_token_id":2}""");
        Tokenizer.Load(folder).EosId.ShouldBe(1);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"eos_token":{"content":"<eos>"},"bos_token":null,"pad_token":"<pad>"}""");
        var tokenizer = Tokenizer.Load(folder);
        (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnkId).ShouldBe(((int?)null, (int?)0, (int?)1, (int?)null));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_mutated_file_gives_a_clear_fault_or_a_working_tokenizer(ulong seed)
    {
        var random = new RandomStream(seed);
        string[] originals =
        [
            Rich("BPE", """{"<unk>":0,"a":1,"b":2,"ab":3,"é":4,"▁":5,"▁ab":6}""", ""","merges":["a b",["▁","ab"]],"unk_token":"<unk>","byte_fallback":true,"fuse_unk":true"""),
            Rich("Unigram", """[["<unk>",0.0],["a",-1.5],["ab",-2.5],["▁",-3.0]]""", ""","unk_id":0"""),
            Rich("WordPiece", """{"[UNK]":0,"a":1,"##b":2}""", ""","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100"""),
            Rich("WordLevel", """{"<unk>":0,"a":1,"b":2}""", ""","unk_token":"<unk>"""),
        ];
        var loaded = 0;
        for (var round = 0; round < 1500; round++)
        {
            var mutated = Mutate(originals[random.NextInt(originals.Length)], random);
            try
            {
                var tokenizer = TestTokenizers.Load(mutated);
                var ids = tokenizer.Encode("ab <s>é 12, x\uD800\n", addSpecialTokens: true);
                tokenizer.Decode(ids, skipSpecialTokens: false);
                loaded++;
            }
            catch (TSpinException fault)
            {
                fault.Message.Length.ShouldBeGreaterThan(20);
            }
        }

        loaded.ShouldBeGreaterThan(100);
    }

    private const string Signs = "\"\\{}[]()*+?|,:0123456789ax-";

    private static string Rich(string model, string vocab, string rest) => $$$"""
        {"version":"1.0","added_tokens":[{"id":9,"content":"<s>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Replace","pattern":{"Regex":"[ \\t]{2,}|(?i:zz)"},"content":" "},{"type":"Strip","strip_left":true,"strip_right":true}]},
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}|\\s+(?!\\S)"},"behavior":"Isolated","invert":false},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]} } },
        "decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},{"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"{{{model}}}","vocab":{{{vocab}}}{{{rest}}}}}
        """;

    private static string Mutate(string text, RandomStream random)
    {
        var result = new StringBuilder(text);
        for (var i = random.NextInt(1, 3); i > 0; i--)
        {
            var at = random.NextInt(result.Length);
            switch (random.NextInt(6))
            {
                case 0:
                    result.Remove(at, Math.Min(random.NextInt(1, 12), result.Length - at));
                    break;
                case 1:
                    result[at] = (char)random.NextInt(32, 127);
                    break;
                case 2:
                    result.Insert(at, Signs[random.NextInt(Signs.Length)]);
                    break;
                case 3:
                    // Numbers of any size, where numbers are.
                    var digit = text.AsSpan(at % text.Length).IndexOfAnyInRange('0', '9');
                    if (digit >= 0 && at + digit < result.Length)
                    {
                        result[at + digit] = '9';
                        result.Insert(at + digit, random.NextInt(2) == 0 ? "-" : "99999");
                    }

                    break;
                case 4:
                    var length = Math.Min(random.NextInt(1, 40), result.Length - at);
                    result.Insert(at, result.ToString(at, length));
                    break;
                default:
                    result.Replace("\"Isolated\"", "\"Removed\"").Replace("NFKC", "NFD").Replace("false", "true");
                    break;
            }
        }

        return result.ToString();
    }
}
