using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Components one by one, on a tokenizer that decodes to just what normalizer and pre-tokenizer leave.</summary>
public sealed class TokenizerComponentTests
{
    [Fact]
    public void Signs_on_both_sides_of_dropped_characters_merge()
    {
        var json = TestTokenizers.Skeleton("BPE");
        json["model"]!["vocab"] = JsonNode.Parse("""{"▁":0,"▁▁":1,"a":2}""");
        json["model"]!["merges"] = JsonNode.Parse("""[["▁","▁"]]""");
        TestTokenizers.Load(json).Encode("a▁é▁a", addSpecialTokens: false).ShouldBe([2, 1, 2]);
    }

    [Theory]
    [InlineData("""{"type":"NFC"}""", "e\u0301 \u1100\u1161\u11A8 \u0340", "\u00E9 \uAC01 \u0300")]
    [InlineData("""{"type":"NFD"}""", "\u00E9\uAC01\u1E9B\u0323", "e\u0301\u1100\u1161\u11A8\u017F\u0323\u0307")]
    [InlineData("""{"type":"NFKC"}""", "\uFB01 ² ﷺ \uFF21", "fi 2 صلى الله عليه وسلم A")]
    [InlineData("""{"type":"NFKD"}""", "\u1E9B\u0323", "s\u0323\u0307")]
    [InlineData("""{"type":"NFKC"}""", "\u32FF", "\u32FF")] // newer than the tables that tokenizers uses
    [InlineData("""{"type":"Lowercase"}""", "ÄẞİΣ\U00010400", "äßi\u0307σ\U00010428")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", "\u00A0\u3000 a \n", "a \n")]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301\u20DDx\u0ECE", "ex\u0ECE")]
    [InlineData("""{"type":"Nmt"}""", "a\u0001b\u200Bc\u2581\u007Fd", "ab c d")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"\\s{2,}"},"content":" "}""", "a \t b c", "a b c")]
    [InlineData("""{"type":"Replace","pattern":{"String":"ab"},"content":""}""", "xabaabby", "xaby")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", "Éa\u0000中\t", "ea 中  ")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"Prepend","prepend":">"}]}""", "AB", ">ab")]
    public void Normalizers_change_the_text(string normalizer, string text, string expected)
    {
        var json = TestTokenizers.Bytes();
        json["normalizer"] = JsonNode.Parse(normalizer);
        Text(TestTokenizers.Load(json), text).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "ab12½c", "ab|12½|c")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "ab12c", "ab|1|2|c")]
    [InlineData("""{"type":"Whitespace"}""", "Hey, you_2 é!?", "Hey|,|you_2|é|!?")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " a,b\u00A0c ", "a,b|c")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithPrevious"}""", "a,,b.", "a,|,|b.")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"x"}""", "axbxxc", "a|b|c")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "a b,c", "a|b|,|c")]
    [InlineData("""{"type":"UnicodeScripts"}""", "どこで生れ。Yes", "どこで生れ|。|Yes")]
    [InlineData("""{"type":"UnicodeScripts"}""", "Apples are りんご 林檎", "Apples are |りんご 林檎")]
    [InlineData("""{"type":"UnicodeScripts"}""", "  aе\u0301ー1", "a|е|\u0301|ー|1")]
    [InlineData("""{"type":"FixedLength","length":2}""", "a😀bcd", "a😀|bc|d")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", "a  b", "▁a|▁|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":false}""", "a b", "a▁b")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Removed","invert":false}""", "the-final--count", "the|final|count")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Isolated","invert":false}""", "the-final--count", "the|-|final|-|-|count")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious","invert":false}""", "the-final--count", "the-|final-|-|count")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext","invert":false}""", "the-final--count", "the|-final|-|-count")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Contiguous","invert":false}""", "the-final--count", "the|-|final|--|count")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\d+"},"behavior":"Removed","invert":true}""", "a12b3", "12|3")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Digits","individual_digits":false}]}""", "a1 2", "a|1|2")]
    public void Pre_tokenizers_split_the_text(string preTokenizer, string text, string expected)
    {
        // Each part is a word of a WordLevel vocabulary, so that its id shows where it was cut.
        var parts = expected.Split('|');
        var words = parts.Distinct().Prepend("<unk>").ToList();
        var json = TestTokenizers.Skeleton("WordLevel");
        json["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
        json["model"]!["unk_token"] = "<unk>";
        json["model"]!["vocab"] = new JsonObject(words.Select((w, i) => KeyValuePair.Create(w, (JsonNode?)i)));
        TestTokenizers.Load(json).Encode(text, false).ShouldBe(parts.Select(p => words.IndexOf(p)));
    }

    [Fact]
    public void Metaspace_first_puts_its_sign_only_where_the_input_starts()
    {
        var json = TestTokenizers.Bytes();
        json["added_tokens"] = new JsonArray(TestTokenizers.AddedToken("<s>"));
        json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Sequence","pretokenizers":[{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":true},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""");
        var tokenizer = TestTokenizers.Load(json);
        tokenizer.Decode(tokenizer.Encode("a<s>b", false), false).ShouldBe("_a<s>b");
        tokenizer.Decode(tokenizer.Encode("<s>b", false), false).ShouldBe("<s>b");
    }

    [Fact]
    public void Added_tokens_obey_their_flags()
    {
        var json = TestTokenizers.Bytes();
        json["normalizer"] = JsonNode.Parse("""{"type":"Lowercase"}""");
        json["added_tokens"] = new JsonArray(
            TestTokenizers.AddedToken("<m>", lstrip: true),
            TestTokenizers.AddedToken("<n>", rstrip: true),
            TestTokenizers.AddedToken("cat", special: false, singleWord: true),
            TestTokenizers.AddedToken("Dog", special: false, normalized: true),
            TestTokenizers.AddedToken("Dogma", special: false, normalized: true));
        var tokenizer = TestTokenizers.Load(json);
        tokenizer.VocabularySize.ShouldBe(261);
        Ids("a  <m> b").ShouldBe([.. "a"u8.ToArray().Select(b => (int)b), 256, ' ', 'b']);
        Ids("<n> \n b").ShouldBe([257, 'b']);
        Ids("cat cats cat.").ShouldBe([258, ' ', 'c', 'a', 't', 's', ' ', 258, '.']);
        Ids("DOG dogMA").ShouldBe([259, ' ', 260]);
        tokenizer.Decode([256, 258, tokenizer.IdOf("x")!.Value], skipSpecialTokens: true).ShouldBe("catx");

        int[] Ids(string text) => [.. tokenizer.Encode(text, false).Select(id => id < 256 ? (int)Encoding.UTF8.GetBytes(tokenizer.Decode([id], false))[0] : id)];
    }

    [Fact]
    public void Templates_put_ids_around_the_text_when_asked()
    {
        var tokenizer = TestTokenizers.ByteFallback();
        tokenizer.Encode("ab", addSpecialTokens: true).ShouldBe([1, tokenizer.IdOf("▁ab")!.Value]);
        tokenizer.Encode("ab", addSpecialTokens: false).ShouldBe([tokenizer.IdOf("▁ab")!.Value]);
    }

    [Fact]
    public void Unigram_takes_the_likeliest_path_and_fuses_the_unknown()
    {
        var json = TestTokenizers.Skeleton("Unigram");
        json["model"]!["unk_id"] = 0;
        json["model"]!["vocab"] = JsonNode.Parse("""[["<unk>",0.0],["a",-2.0],["b",-2.0],["ab",-3.9],["abc",-4.0],["c",-0.2]]""");
        var tokenizer = TestTokenizers.Load(json);
        tokenizer.Encode("ab", false).ShouldBe([3]);
        tokenizer.Encode("abc", false).ShouldBe([4]); // -4.0 against -3.9 - 0.2
        tokenizer.Encode("xyzab", false).ShouldBe([0, 3]);
    }

    [Theory]
    [InlineData(true, "[0, 3, 0, 3]")]
    [InlineData(false, "[0, 0, 3, 0, 3]")]
    public void Bpe_fuses_unknown_characters_when_told(bool fuse, string expected)
    {
        var json = TestTokenizers.Skeleton("BPE");
        var model = json["model"]!.AsObject();
        model["vocab"] = JsonNode.Parse("""{"<unk>":0,"a":1,"b":2,"ab":3}""");
        model["merges"] = JsonNode.Parse("""["a b"]""");
        model["unk_token"] = "<unk>";
        model["fuse_unk"] = fuse;
        TestTokenizers.Load(json).Encode("xyabzab", false).ShouldBe(JsonNode.Parse(expected)!.AsArray().Select(n => (int)n!));
    }

    [Fact]
    public void Word_piece_takes_the_longest_piece_first()
    {
        var json = TestTokenizers.Skeleton("WordPiece");
        json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Whitespace"}""");
        json["decoder"] = JsonNode.Parse("""{"type":"WordPiece","prefix":"##","cleanup":true}""");
        json["model"]!["vocab"] = JsonNode.Parse("""{"[UNK]":0,"un":1,"##aff":2,"##able":3,"u":4,"##n":5,".":6}""");
        var tokenizer = TestTokenizers.Load(json);
        tokenizer.Encode("unaffable. unx", false).ShouldBe([1, 2, 3, 6, 0]);
        tokenizer.Decode([1, 2, 3, 6], false).ShouldBe("unaffable.");
    }

    [Fact]
    public void Half_a_surrogate_pair_counts_as_the_replacement_character()
    {
        var tokenizer = TestTokenizers.ByteLevel();
        tokenizer.Encode("a\uD800b\uDC00", false).ShouldBe(tokenizer.Encode("a\uFFFDb\uFFFD", false));
        tokenizer.Decode(tokenizer.Encode("\uDBFF", false), false).ShouldBe("\uFFFD");
    }

    [Fact]
    public void Many_texts_at_once_give_what_each_gives_alone()
    {
        var tokenizer = TestTokenizers.ByteFallback();
        var texts = Enumerable.Range(0, 200).Select(i => string.Concat(Enumerable.Repeat("ab c é ", i % 7))).ToArray();
        var all = tokenizer.EncodeAll(texts, addSpecialTokens: true);
        for (var i = 0; i < texts.Length; i++)
        {
            all[i].ShouldBe(tokenizer.Encode(texts[i], addSpecialTokens: true));
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("\u0301\u0323")]
    [InlineData("中")]
    public void A_megabyte_of_one_letter_takes_no_long_time(string letter)
    {
        var text = string.Concat(Enumerable.Repeat(letter, 1_000_000 / letter.Length));
        var trained = JsonNode.Parse(BpeTrainer.Train(Enumerable.Repeat(string.Concat(Enumerable.Repeat(letter, 64)), 3), 300, []))!;
        trained["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""");
        trained["pre_tokenizer"] = JsonNode.Parse("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""");
        var tokenizer = TestTokenizers.Load(trained);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var ids = tokenizer.Encode(text, false);
        tokenizer.Decode(ids, false).Length.ShouldBeGreaterThan(0);

        // A quadratic algorithm would take hours; the bound leaves room for a busy machine.
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    private static string Text(Tokenizer tokenizer, string text) => tokenizer.Decode(tokenizer.Encode(text, false), false);
}
