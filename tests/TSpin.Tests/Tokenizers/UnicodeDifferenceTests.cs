using System.Text.Json;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers.Normalizers;
using TSpin.Tokenizers.Patterns;
using TSpin.Tokenizers.Text;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Patterns equal to Python's regex module, normalization forms and lower case equal to Python's own, on random text.</summary>
public sealed class UnicodeDifferenceTests
{
    // What published tokenizers split by, then one pattern for each thing the parser knows. Left out are the few in which Oniguruma means something else
    // than Python: \w with superscripts, [[:digit:]].
    private static readonly string[] Patterns =
    [
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
        @" ?[^(\s|[.,!?…。，、।۔،])]+", "[一-龥぀-ゟ゠-ヿ]+", @"[^\r\n]+?(?=\s)|\S", @"(?:\r\n|\r|\n)+", @"(?<=[a-z])(?=[A-Z])|\d", @"\p{Lu}\p{Ll}*|\P{L}", @"[\p{L}&&[^a-m]]+", @"a*+b|.",
        @"\s+$", "(?i)the|é", @"[^\P{L}a-c]+", "(ab|a)(bc|c)?", "x{2,}|y{0,2}z", @"\p{Hiragana}+|\p{Hangul}+", "(?s).{1,4}", @"\p{Sc}|\p{Sm}+|\p{Zs}{2,}", @"(?!\s)[^\n]{3}", @"(?<!\d)\d{1,3}(?!\d)",
    ];

    private const string PatternScript = """
        import json, sys, unicodedata, regex
        job = json.load(open(sys.argv[1], encoding="utf-8"))
        def units(text, end):
            return len(text[:end].encode("utf-16-le")) // 2
        known = [all(unicodedata.category(sign) != "Cn" for sign in text) for text in job["texts"]]
        found = [[[n for match in regex.compile(pattern, regex.V1 | regex.M).finditer(text) for n in (units(text, match.start()), units(text, match.end()))] for text in job["texts"]] for pattern in job["patterns"]]
        json.dump({"known": known, "found": found}, open(sys.argv[2], "w"))
        """;

    private const string FormScript = """
        import json, sys, unicodedata
        job = json.load(open(sys.argv[1], encoding="utf-8"))
        json.dump([[unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")] + ["".join(sign.lower() for sign in text)] for text in job["texts"]], open(sys.argv[2], "w"))
        """;

    [Fact]
    public void Patterns_match_what_Python_matches()
    {
        PythonPeer.Require("regex", "python3-regex");
        var texts = Texts();
        using var result = Ask(PatternScript, new { texts, patterns = Patterns });
        for (var p = 0; p < Patterns.Length; p++)
        {
            var pattern = new Pattern(Patterns[p]);
            for (var t = 0; t < texts.Length; t++)
            {
                if (!result.RootElement.GetProperty("known")[t].GetBoolean())
                {
                    continue;
                }

                var matches = new List<(int Start, int End)>();
                pattern.FindAll(texts[t], matches);
                matches.SelectMany(match => new[] { match.Start, match.End })
                    .ShouldBe(result.RootElement.GetProperty("found")[p][t].Deserialize<int[]>()!, $"{Patterns[p]} on {JsonSerializer.Serialize(texts[t])}");
            }
        }
    }

    [Fact]
    public void Normalization_and_lower_case_are_Unicodes()
    {
        PythonPeer.Require("unicodedata", "python3");

        // The only signs in the random blocks whose normalization is younger than tokenizers' tables.
        var texts = Texts().Select(text => text.Replace("\u32FF", "", StringComparison.Ordinal).Replace(char.ConvertFromUtf32(0x1F16C), "", StringComparison.Ordinal)).ToArray();
        using var result = Ask(FormScript, new { texts });
        for (var t = 0; t < texts.Length; t++)
        {
            var keepsStart = true;
            string[] actual = [.. Enum.GetValues<UnicodeForm>().Select(form => UnicodeNormalization.Normalize(texts[t], form)), new LowercaseNormalizer().Normalize(texts[t], ref keepsStart)];
            actual.ShouldBe(result.RootElement[t].Deserialize<string[]>()!, JsonSerializer.Serialize(texts[t]));
        }
    }

    // Signs without a category are left out, here and in Python: which they are depends on the version of the tables.
    private static string[] Texts()
    {
        var random = new RandomStream(PythonPeer.Seed);
        return
        [
            .. Enumerable.Range(0, PythonPeer.TextCount * 3).Select(i => i % 3 == 0 ? RandomText.Unicode(random, random.NextInt(24)) : i % 3 == 1 ? RandomText.Mixed(random) : Dense(random))
                .Where(text => text.EnumerateRunes().All(rune => CodePoints.CategoryOf(rune.Value) != System.Globalization.UnicodeCategory.OtherNotAssigned)),
        ];
    }

    private static string Dense(RandomStream random)
    {
        const string Signs = "ab cAB12'\n\t,.sStTreE-xyz\r";
        return string.Concat(Enumerable.Range(0, 30).Select(_ => Signs[random.NextInt(Signs.Length)]));
    }

    private static JsonDocument Ask(string script, object job)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["job.json"], JsonSerializer.Serialize(job));
        PythonPeer.Runs("-c", script, folder["job.json"], folder["answer.json"]).ShouldBeTrue();
        return JsonDocument.Parse(File.ReadAllBytes(folder["answer.json"]));
    }
}
