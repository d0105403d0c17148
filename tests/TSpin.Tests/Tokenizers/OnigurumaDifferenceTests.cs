using System.Globalization;
using System.Text.Json;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers.Patterns;
using TSpin.Tokenizers.Text;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>
/// Regular expressions against Oniguruma itself: the same matches, or refused by name. Never other matches. Debian's 6.9.8 has Unicode 14, so
/// code points and classes that changed since are left out here; <see cref="PatternClassTests"/> has those.
/// </summary>
public sealed class OnigurumaDifferenceTests
{
    // One for each form that tokenizer.json files have or could have.
    private static readonly string[] Accepted =
    [
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
        @"(?<letters>\p{L}+)|(?<digits>\p{N}+)", @"(?>a+)b|.", "a++b|a", "a?+a|b*+", "(ab)?+c|(?:a|b){2,3}+", "a{2}+|b{2}?|a{,2}b", @"(?i)grase|ſ|k", "(?i:K)|(?i:[k-m])|(?i:É)",
        @"\h+|\H", @"[\h]+|[^\h]+", @"[\d]+|\D", @"\w+|\W", @"[\w]+|[\W]", @"\s+|\S+", @"[\s]+|[^\s]+", @"\R|.", @"\A.|.\z|\Z", @"\G.", @"\b\w|\B\w", "^.|.$",
        "[[:alpha:]]+|[[:digit:]]+|[[:space:]]", "[[:alnum:]]+|[[:space:]]", "[[:upper:]][[:lower:]]*", "[[:^alpha:]]+", "[[:blank:]]|[[:cntrl:]]|[[:graph:]]", "[[:print:]]+", "[[:xdigit:]]+", "[[:word:]]+", "[[:ascii:]]+",
        @"\p{Alpha}+|\p{Digit}", @"\p{^L}+", @"\P{^L}+", @"\p{Han}+|\p{Hiragana}+|\p{Katakana}+|\p{Hangul}+", @"\p{Latin}+|\p{Cyrillic}+|\p{Greek}+", @"\p{Arabic}+|\p{Hebrew}+|\p{Thai}|\p{Devanagari}",
        @"\p{Lu}|\p{Ll}|\p{Lt}|\p{Lm}|\p{Lo}", @"\p{Mn}|\p{Mc}|\p{Me}|\p{M}", @"\p{Nd}|\p{Nl}|\p{No}", @"\p{Pc}|\p{Pd}|\p{Ps}|\p{Pe}|\p{Pi}|\p{Pf}|\p{Po}", @"\p{Sm}|\p{Sc}|\p{Sk}|\p{So}", @"\p{Zs}|\p{Zl}|\p{Zp}", @"\p{Cc}|\p{Cf}|\p{Co}",
        @"\p{Letter}+|\p{Number}+|\p{Punctuation}|\p{Symbol}|\p{Separator}", @"\p{Uppercase_Letter}|\p{lowercase letter}", @"\p{Alphabetic}+|\p{White_Space}", @"\p{Uppercase}|\p{Lowercase}", @"\p{Any}", @"\p{Assigned}",
        @"[a-z&&[^aeiou]]+|.", @"[^a-c&&b-d]", @"[a-c[x-z]]+", @"[]a]+|[\]b]", "[a\\-z]+|[a-]|[-b]", @"[\x41-\x5A]+|\x{1F999}|\u00e9", @"[\t\n\r\f\v\a\e]", @"\t|\n|\0|\x0A",
        "(?m:.)+?b", "(?m).", "(?-i:a)b", "a(?i)b|c", "(?im:a.)|x", "(?x: a  b # comment\n c )|z", "(?#a comment)a", "(?=a).|(?!b).|(?<=a).|(?<!b).", "(?<=ab|c)d|(?<!xy)z", @"(?<![\p{L}\d])\d+",
        "(?:)a|b", "a|", "()a", "(a|b|)+c", "a*?b|a+?|b??c", "(a*)+b", "(?:a|ab)(?:c|bcd)(?:d*)", ".*?,|.+", @"[一-龥぀-ゟ゠-ヿ]+", @"[^(\s|[.,!?…。，、।۔،])]+", @" ?[^(\s|[.,!?…。，、।۔،])]+", "{a|a{|a{,}|a{x}", "a{0}b|a{0,1}c", "é|e\u0301",
    ];

    // What Oniguruma takes and TSpin does not is refused by name; what both refuse is a fault as well.
    private static readonly string[] Refused =
    [
        @"(a)\1", @"(?<n>a)\k<n>", @"(a)\g<1>", "(?(1)a|b)", "a(?~b)c", @"a\Kb", @"\X", @"\N", @"\O", @"\y", @"\Y", @"\p{NoSuchProperty}", "[[:nosuchclass:]]", "(?R)", "(a", "a)", "[a", "*a", "[z-a]", "(?<=a*)b", "(?y:a)", @"a\", "(?W:a)", "(?<a", "(*FAIL)", "(?i:ß)", "(?i:ss)", "(?i)first", "(?i:[[:alpha:]])", "(?i:[Þ-ÿ])", "(?:^)*", "(?:a|b?){2}", "(?:a*){1,3}", "(?=a)+", @"(?:\b|a)?", "$*",
    ];

    [Fact]
    public void Known_forms_match_what_Oniguruma_matches()
    {
        Oniguruma.Require();
        var texts = Texts(PythonPeer.TextCount * 3);
        foreach (var pattern in Accepted)
        {
            Same(pattern, texts);
        }
    }

    // Oniguruma refuses these, so no tokenizer.json that tokenizers reads has them; in files made by hand they mean what they mean in Python.
    [Theory]
    [InlineData(@"(?P<word>\p{L}+)|(?P<digits>\d+)", @"(?<word>\p{L}+)|(?<digits>\d+)")]
    [InlineData("(?s:.)+?b", "(?m:.)+?b")]
    [InlineData("(?u)a.", "a.")]
    public void Forms_of_Python_mean_what_they_mean_there(string python, string oniguruma)
    {
        Oniguruma.Require();
        var texts = Texts(60);
        Oniguruma.FindAll(python, texts, out _).ShouldBeNull();
        var expected = Oniguruma.FindAll(oniguruma, texts, out _)!;
        for (var t = 0; t < texts.Length; t++)
        {
            var matches = new List<(int Start, int End)>();
            new Pattern(python).FindAll(texts[t], matches);
            matches.ShouldBe(expected[t]!);
        }
    }

    [Fact]
    public void Other_forms_are_refused_by_name()
    {
        foreach (var pattern in Refused)
        {
            Should.Throw<PatternSyntaxException>(() => new Pattern(pattern), pattern).Message.ShouldNotBeNullOrWhiteSpace();
        }
    }

    [Fact]
    public void Random_patterns_match_what_Oniguruma_matches_or_are_refused()
    {
        Oniguruma.Require();
        var random = new RandomStream(PythonPeer.Seed);
        var texts = Texts(20);
        var accepted = 0;
        var count = PythonPeer.TextCount * 20;
        for (var i = 0; i < count; i++)
        {
            accepted += Same(Alternation(random, 3), texts) ? 1 : 0;
        }

        accepted.ShouldBeGreaterThan(count / 2);
    }

    private static bool Same(string source, IReadOnlyList<string> texts)
    {
        Pattern pattern;
        var expected = Oniguruma.FindAll(source, texts, out var refusal);
        try
        {
            pattern = new Pattern(source);
        }
        catch (PatternSyntaxException error)
        {
            (expected is null || !Accepted.Contains(source)).ShouldBeTrue($"{source} is refused ({error.Message}) and Oniguruma knows it");
            return false;
        }

        expected.ShouldNotBeNull($"{source} is accepted, but Oniguruma refuses it ({refusal})");
        for (var t = 0; t < texts.Count; t++)
        {
            if (expected[t] is not { } found)
            {
                continue;
            }

            var matches = new List<(int Start, int End)>();
            try
            {
                pattern.FindAll(texts[t], matches);
            }
            catch (TSpinException error) when (error.Message.Contains("backtracks too much", StringComparison.Ordinal) && !Accepted.Contains(source))
            {
                return false;
            }

            matches.ShouldBe(found, $"{source} on {JsonSerializer.Serialize(texts[t])}");
        }

        return true;
    }

    private static string Alternation(RandomStream random, int depth) =>
        string.Join('|', Enumerable.Range(0, 1 + (random.NextInt(3) / 2)).Select(_ => string.Concat(Enumerable.Range(0, 1 + random.NextInt(3)).Select(_ => Repeated(random, depth)))));

    private static string Repeated(RandomStream random, int depth)
    {
        string[] counts = ["", "", "", "", "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{1,}", "{,2}", "{1,2}?"];
        return Atom(random, depth) + counts[random.NextInt(counts.Length)];
    }

    private static string Atom(RandomStream random, int depth)
    {
        string[] simple = ["a", "b", "c", "T", "s", " ", "1", @"\s", @"\S", @"\d", @"\w", @"\W", ".", @"\n", @"\p{L}", @"\p{N}", @"\P{L}", @"\p{Lu}", "[ab]", "[^a-c]", @"[^\s\p{L}\p{N}]", @"[\r\n]", "[[:alpha:]]", "[a-z&&[^b]]", @"\h", "é", "'"];
        if (depth == 0 || random.NextInt(3) > 0)
        {
            return simple[random.NextInt(simple.Length)];
        }

        string[] groups = ["(", "(?:", "(?i:", "(?>", "(?=", "(?!", "(?<=", "(?<!", "(?m:", "(?<name>"];
        var group = groups[random.NextInt(groups.Length)];
        return group + (group.StartsWith("(?<=", StringComparison.Ordinal) || group.StartsWith("(?<!", StringComparison.Ordinal) ? simple[random.NextInt(simple.Length)] : Alternation(random, depth - 1)) + ")";
    }

    private static string[] Texts(int count)
    {
        const string Signs = "ab cAB12'\n\t,.sStTreE-xyz\rKkéßdſ  ";
        var random = new RandomStream(PythonPeer.Seed);
        return
        [
            "", "a", "\n", "a\n", "\r\n", "aab\r\n\r\nb ", "½ ²x", "Straße STRASSE", "a1_ \u00A0\u2003z\u3000", "𝒜🦙漢字かなカナ한글", "abcXYZ-]{}[(a|b)",
            .. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? RandomText.Unicode(random, random.NextInt(24))
                : i % 3 == 1 ? RandomText.Mixed(random) : string.Concat(Enumerable.Range(0, 30).Select(_ => Signs[random.NextInt(Signs.Length)])))
                .Where(text => text.EnumerateRunes().All(rune => KnownToBoth(rune.Value))),
        ];
    }

    // What Unicode 16 has and Unicode 14 had not, in the blocks that random text is from, or what it calls Alphabetic or Lowercase.
    private static bool KnownToBoth(int point) => CodePoints.CategoryOf(point) != UnicodeCategory.OtherNotAssigned
        && !(point is (>= 0x363 and <= 0x36F) or 0x10FC or (>= 0x2FFC and <= 0x2FFF) or (>= 0x31E4 and <= 0x31EF) or (>= 0x2427 and <= 0x2429) or (>= 0x1F6DC and <= 0x1F6DC) or (>= 0x1C89 and <= 0x1C8A));
}
