using System.Text.Json;
using Shouldly;
using TSpin.Adapters;
using TSpin.Randomness;
using TSpin.Tests.Tokenizers;
using Xunit;

namespace TSpin.Tests.Adapters;

public sealed class PythonPatternTests
{
    private static readonly string[] Names = ["model.layers.0.self_attn.q_proj", "model.layers.11.mlp.down_proj", "model.layers.1.mlp.gate_up_proj", "lm_head", "transformer.h.3.attn.c_attn", "aabb", "abab", "aab", "abc", "a[b", "a-b", "a]b"];

    private static readonly string[] Pieces =
    [
        "a", "b", "c", "ab", ".", ".*", "model", @"\.", @"\d+", @"\w", "[a-c]", "[^b]", "[]a]", "[[]", "[a-c-[b]]", "(", ")", "(?:", "(?P<x>", "(?P=x)", @"\1", @"\2", "|", "*", "+", "?", "*?", "++", "{2}", "{,2}", "{1,}", "{,}", "{", "}",
        "_proj", "layers", "(?=", "(?!a)", "(?<=a)", "(?>", "(?i:A)", @"\Z", @"\A", "^", "$", @"\x61", @"\142", @"\-", "[a\\-]", @"\b", "(?#no)", "(?i)", "(?(1)a|b)", "q|k", @"\z", @"\p", "(?<x>",
    ];

    [Theory]
    [InlineData(@".*\.(q|v)_proj", true, false, false)]
    [InlineData(@"model\.layers\.\d+\.mlp\..*", false, true, false)]
    [InlineData("(?i)LM_HEAD", false, false, true)]
    [InlineData(@"(?P<all>.*)\.(?P<last>q_proj|down_proj)", true, true, false)]
    [InlineData("q_proj", false, false, false)]
    [InlineData(@".*self_attn.*|lm_head\Z", true, false, true)]
    public void A_pattern_means_whole_names(string pattern, bool query, bool down, bool head)
    {
        var matcher = new ModuleMatcher();
        (matcher.Whole(pattern, Names[0]), matcher.Whole(pattern, Names[1]), matcher.Whole(pattern, Names[3])).ShouldBe((query, down, head));
    }

    [Fact]
    public void A_pattern_that_never_ends_is_stopped()
    {
        var error = Should.Throw<TSpinException>(() => new ModuleMatcher().Whole("((a+)+)+", new string('a', 60) + "!"));
        error.Message.ShouldContain("((a+)+)+");
        Should.Throw<TSpinException>(() => new ModuleMatcher().Whole(new string('(', 20_000), "a")).Message.ShouldContain("20000 characters");
    }

    [Fact]
    public void Random_patterns_match_as_in_Python_or_are_refused()
    {
        PythonPeer.Require("re", "python3");
        var random = new RandomStream(NamedSeed.Derive(PythonPeer.Seed, "python patterns"));
        var patterns = Enumerable.Range(0, 3000).Select(_ => string.Concat(Enumerable.Range(0, random.NextInt(1, 7)).Select(_ => Pieces[random.NextInt(Pieces.Length)]))).Concat(Pieces).Distinct().ToArray();
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["in.json"], JsonSerializer.Serialize(new { patterns, names = Names }));
        PythonPeer.Runs("-W", "ignore", "-c", """
            import json, re, sys
            given = json.load(open(sys.argv[1]))
            def matches(pattern):
                try:
                    compiled = re.compile(pattern)
                except re.error:
                    return None
                return [compiled.fullmatch(name) is not None for name in given["names"]]
            json.dump([matches(pattern) for pattern in given["patterns"]], open(sys.argv[2], "w"))
            """, folder["in.json"], folder["out.json"]).ShouldBeTrue();
        var expected = JsonSerializer.Deserialize<bool[]?[]>(File.ReadAllText(folder["out.json"]))!;

        var differences = new List<string>();
        var (both, refusedHere) = (0, 0);
        foreach (var (pattern, python) in patterns.Zip(expected))
        {
            bool[]? here;
            try
            {
                var matcher = new ModuleMatcher();
                here = [.. Names.Select(name => matcher.Whole(pattern, name))];
            }
            catch (TSpinException)
            {
                here = null;
            }

            if (here is not null && python is not null && !here.SequenceEqual(python))
            {
                differences.Add(pattern);
            }

            both += here is not null && python is not null ? 1 : 0;
            refusedHere += here is null && python is not null ? 1 : 0;
            TestContext.Current.TestOutputHelper?.WriteLine(here is null && python is not null ? "refused here: " + pattern : "");
        }

        differences.ShouldBeEmpty();
        both.ShouldBeGreaterThan(300);
        refusedHere.ShouldBeLessThan(both / 10);
    }
}
