using Shouldly;
using TSpin.Evaluation.InstructionFollowing;
using Xunit;

namespace TSpin.Tests.Evaluation.InstructionFollowing;

/// <summary>langdetect's way of telling languages, on two languages of our own making: <c>aa</c> has the words "ab", <c>bb</c> the words "ba" and capital B.</summary>
public sealed class LangdetectDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LangdetectDetector _detector;

    public LangdetectDetectorTests()
    {
        File.WriteAllText(_folder["aa"], """{"freq": {"a": 50, "b": 50, " a": 50, "ab": 50, "b ": 50, " ab": 50, "ab ": 50, "\u3042": 1}, "n_words": [101, 150, 100], "name": "aa"}""");
        File.WriteAllText(_folder["bb"], """{"freq": {"a": 50, "b": 50, "B": 20, " b": 50, "ba": 50, "a ": 50, " ba": 50, "ba ": 50, " B": 20}, "n_words": [120, 170, 100], "name": "bb"}""");
        _detector = LangdetectDetector.Read(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ab ab ab ab ab ab", "aa")]
    [InlineData("ba, ba; ba. ba ba ba", "bb")]
    [InlineData("ab ab ab ab ab ab ab ab ba", "aa")]
    [InlineData("ab\u00a0ab\u2003ab1ab", "aa")]
    [InlineData("https://ba.ba/ba/ba ba@ba.ba ab ab ab", "aa")]
    // Of words in capitals only the first letter and the end count.
    [InlineData("BA BA BA BA", "bb")]
    // Letters that stand for their whole script.
    [InlineData("\u3044\u3046\u3048", "aa")]
    // Latin letters do not count among many more of another script.
    [InlineData("ba \u3044\u3046\u3048\u304a\u304b\u304d", "aa")]
    public void Tells_the_language_whose_pieces_are_likelier(string text, string language) => _detector.Detect(text).ShouldBe(language);

    [Theory]
    [InlineData("")]
    [InlineData("123 !")]
    [InlineData("xyz")]
    public void Without_a_known_piece_there_is_no_language(string text) => _detector.Detect(text).ShouldBeNull();

    [Fact]
    public void Damaged_profiles_are_named()
    {
        File.WriteAllText(_folder["cc"], "{\"freq\": {}}");
        Should.Throw<TSpinException>(() => LangdetectDetector.Read(_folder.Path)).Message.ShouldContain(_folder["cc"]);
        File.WriteAllText(_folder["cc"], """{"freq": {"a": 1}, "n_words": [1], "name": "cc"}""");
        Should.Throw<TSpinException>(() => LangdetectDetector.Read(_folder.Path)).Message.ShouldContain("n_words");
        Should.Throw<TSpinException>(() => LangdetectDetector.Read(_folder["nowhere"])).Message.ShouldContain("holds no profile");
    }
}
