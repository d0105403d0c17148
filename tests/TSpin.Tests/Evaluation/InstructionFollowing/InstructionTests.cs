using System.Text.Json;
using Shouldly;
using TSpin.Evaluation.InstructionFollowing;
using Xunit;

namespace TSpin.Tests.Evaluation.InstructionFollowing;

/// <summary>Each type of instruction at its edges; what is right was worked out from the official checker's text, where Python's strings and patterns decide.</summary>
public sealed class InstructionTests
{
    private static readonly LinguisticTools Tools = new(new SaysEnglish(), new PunktSplitter(PunktParameters.English));

    [Theory]
    // Keywords are patterns, without regard to case, and may be part of a word.
    [InlineData("keywords:existence", """{"keywords":["correlated","experiencing"]}""", "Uncorrelated EXPERIENCING", true)]
    [InlineData("keywords:existence", """{"keywords":["correlated","experiencing"]}""", "correlated only", false)]
    [InlineData("keywords:existence", """{"keywords":["c.t"]}""", "a cut", true)]
    [InlineData("keywords:existence", """{"keywords":["sk"]}""", "the ma\u017f\u212a", true)]
    [InlineData("keywords:existence", """{"keywords":["in"]}""", "\u0130n", true)]
    [InlineData("keywords:frequency", """{"keyword":" story ","frequency":2,"relation":"at least"}""", "Story, history", true)]
    [InlineData("keywords:frequency", """{"keyword":"aa","frequency":2,"relation":"less than"}""", "aaa", true)]
    [InlineData("keywords:frequency", """{"keyword":"aa","frequency":2,"relation":"less than"}""", "aaaa", false)]
    // A forbidden word counts only as a word; a combining mark is no part of one.
    [InlineData("keywords:forbidden_words", """{"forbidden_words":["rock"]}""", "rocks and rock_ and rock2", true)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words":["rock"]}""", "a ROCK!", false)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words":["rock"]}""", "rock\u0301", false)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words":["rock"]}""", "rock\U0001d41a", true)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words":["rock"]}""", "rock\u200d", false)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words":["rock"]}""", "\u00b2rock", true)]
    [InlineData("keywords:letter_frequency", """{"letter":"l","let_frequency":3,"let_relation":"at least"}""", "Lull", true)]
    [InlineData("keywords:letter_frequency", """{"letter":"i","let_frequency":2,"let_relation":"less than"}""", "\u0130i", false)]
    [InlineData("keywords:letter_frequency", """{"letter":"k","let_frequency":1,"let_relation":"at least"}""", "\u212a", true)]
    [InlineData("keywords:letter_frequency", """{"letter":"#","let_frequency":2,"let_relation":"at least"}""", "## yo", false)]
    [InlineData("keywords:letter_frequency", """{"letter":"#","let_frequency":2,"let_relation":"at least"}""", "yoyo", true)]
    [InlineData("length_constraints:number_sentences", """{"num_sentences":3,"relation":"less than"}""", "Dr. Smith left. It was 3.50 dollars.", true)]
    [InlineData("length_constraints:number_sentences", """{"num_sentences":3,"relation":"at least"}""", "One! Two? (Three.) ", true)]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs":2}""", "***\nOne.\n***\nTwo.\n***", true)]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs":2}""", "One.\n***\n \n***\nTwo.", false)]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs":2}""", "One. ****** Two.", false)]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs":1}""", "One", true)]
    [InlineData("length_constraints:number_words", """{"num_words":4,"relation":"less than"}""", "don't stop_it", true)]
    [InlineData("length_constraints:number_words", """{"num_words":4,"relation":"less than"}""", "a-b c.d", false)]
    [InlineData("length_constraints:number_words", """{"num_words":2,"relation":"at least"}""", "e\u0301te \u00b2 \u2460", false)]
    [InlineData("length_constraints:number_words", """{"num_words":2,"relation":"less than"}""", "می\u200cشود", true)]
    [InlineData("length_constraints:nth_paragraph_first_word", """{"num_paragraphs":2,"nth_paragraph":2,"first_word":"Weekend"}""", "One\n\n'\"weekend's here", true)]
    [InlineData("length_constraints:nth_paragraph_first_word", """{"num_paragraphs":2,"nth_paragraph":2,"first_word":"weekend"}""", "One\n\n\n\nweekend", false)]
    [InlineData("length_constraints:nth_paragraph_first_word", """{"num_paragraphs":2,"nth_paragraph":1,"first_word":"one"}""", "One, two\n\nthree\n\n", true)]
    [InlineData("length_constraints:nth_paragraph_first_word", """{"num_paragraphs":2,"nth_paragraph":1,"first_word":"one"}""", "One two\n\nthree\n\nfour", false)]
    [InlineData("detectable_content:number_placeholders", """{"num_placeholders":2}""", "[] and [a [b]", true)]
    [InlineData("detectable_content:number_placeholders", """{"num_placeholders":2}""", "[a\n] [b]", false)]
    [InlineData("detectable_content:postscript", """{"postscript_marker":"P.S."}""", "bye p. s. more", true)]
    [InlineData("detectable_content:postscript", """{"postscript_marker":"P.S."}""", "bye P.S more", false)]
    [InlineData("detectable_content:postscript", """{"postscript_marker":"P.P.S"}""", "p. p. s", true)]
    [InlineData("detectable_content:postscript", """{"postscript_marker":"P.P.S"}""", "P.S.", false)]
    [InlineData("detectable_content:postscript", """{"postscript_marker":"Note:"}""", "NOTE: x", true)]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets":3}""", "* a\n  * b\n- c\n** no", true)]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets":1}""", "*\ncontinued", true)]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets":1}""", "* a\n---", false)]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets":2}""", "*\n\n* b\n*", true)]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets":1}""", "*\n* b", true)]
    [InlineData("detectable_format:constrained_response", "{}", "Well. My answer is maybe.", true)]
    [InlineData("detectable_format:constrained_response", "{}", "My answer is Yes.", false)]
    [InlineData("detectable_format:number_highlighted_sections", """{"num_highlights":2}""", "**bold**", false)]
    [InlineData("detectable_format:number_highlighted_sections", """{"num_highlights":2}""", "*a* and **b c**", true)]
    [InlineData("detectable_format:number_highlighted_sections", """{"num_highlights":1}""", "* a\n* b", false)]
    [InlineData("detectable_format:number_highlighted_sections", """{"num_highlights":1}""", "* *", false)]
    [InlineData("detectable_format:multiple_sections", """{"section_spliter":" Section ","num_sections":2}""", "Section 1 a Section2 b", true)]
    [InlineData("detectable_format:multiple_sections", """{"section_spliter":"Section","num_sections":2}""", "SECTION 1 Section  2", false)]
    [InlineData("detectable_format:multiple_sections", """{"section_spliter":"Day","num_sections":1}""", "Day \u0663", true)]
    [InlineData("detectable_format:json_format", "{}", "```json\n{\"a\": [NaN, -Infinity, 1e5]}\n```", true)]
    [InlineData("detectable_format:json_format", "{}", "```JSON[1]```", true)]
    [InlineData("detectable_format:json_format", "{}", "\ufeff{}", false)]
    [InlineData("detectable_format:json_format", "{}", "{\"a\": \"line\nfeed\"}", false)]
    [InlineData("detectable_format:json_format", "{}", "{'a': 1}", false)]
    [InlineData("detectable_format:json_format", "{}", "[1,]", false)]
    [InlineData("detectable_format:json_format", "{}", "01", false)]
    [InlineData("detectable_format:json_format", "{}", "\"\\ud800\"", true)]
    [InlineData("detectable_format:json_format", "{}", "{} {}", false)]
    [InlineData("detectable_format:title", "{}", "x <<a title>> y", true)]
    [InlineData("detectable_format:title", "{}", "<< >>\n<<<>>>", false)]
    [InlineData("detectable_format:title", "{}", "<< >> <<<>>>", true)]
    [InlineData("detectable_format:title", "{}", "<<a\nb>>", false)]
    [InlineData("combination:two_responses", "{}", "one******two******", true)]
    [InlineData("combination:two_responses", "{}", "one****** one", false)]
    [InlineData("combination:two_responses", "{}", "one****** ******two", false)]
    [InlineData("combination:repeat_prompt", """{"prompt_to_repeat":"Write it. "}""", "  write IT. Here", true)]
    [InlineData("combination:repeat_prompt", """{"prompt_to_repeat":"Write it."}""", "Sure: Write it.", false)]
    [InlineData("startend:end_checker", """{"end_phrase":"Is there more? "}""", "\"Yes. is there MORE?\" ", true)]
    [InlineData("startend:end_checker", """{"end_phrase":"Is there more?"}""", "Is there more?.", false)]
    [InlineData("startend:quotation", "{}", " \"a\" ", true)]
    [InlineData("startend:quotation", "{}", "\"", false)]
    [InlineData("startend:quotation", "{}", "\u201ca\u201d", false)]
    [InlineData("change_case:capital_word_frequency", """{"capital_frequency":3,"capital_relation":"at least"}""", "JOHN'S NASA. iPhone", true)]
    [InlineData("change_case:capital_word_frequency", """{"capital_frequency":3,"capital_relation":"less than"}""", "CAN'T A-B", false)]
    [InlineData("change_case:capital_word_frequency", """{"capital_frequency":1,"capital_relation":"less than"}""", "NASAs 3 --", true)]
    [InlineData("change_case:english_capital", "{}", "ALL BIG \u2160 1!", true)]
    [InlineData("change_case:english_capital", "{}", "BIG \u2170", false)]
    [InlineData("change_case:english_lowercase", "{}", "all small \u00aa", true)]
    [InlineData("change_case:english_lowercase", "{}", "123", false)]
    [InlineData("change_case:english_lowercase", "{}", "\u01c5 small", false)]
    [InlineData("language:response_language", """{"language":"en"}""", "anything", true)]
    [InlineData("language:response_language", """{"language":"de"}""", "anything", false)]
    [InlineData("language:response_language", """{"language":"de"}""", "?", true)]
    [InlineData("punctuation:no_comma", "{}", "none; here\uff0c", true)]
    [InlineData("punctuation:no_comma", "{}", "one, here", false)]
    public void Follows_as_the_official_checker_says(string id, string arguments, string response, bool follows) =>
        Make(id, arguments).IsFollowed(response).ShouldBe(follows);

    [Fact]
    public void Every_type_has_a_case_above() => typeof(InstructionTests).GetMethod(nameof(Follows_as_the_official_checker_says))!
        .GetCustomAttributesData().Where(data => data.AttributeType == typeof(InlineDataAttribute)).Select(data => ((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!)[0].Value as string)
        .Distinct().ShouldBe(InstructionKinds.All.Select(kind => kind.Id), ignoreOrder: true);

    [Fact]
    public void There_are_25_types_and_a_prefix_of_language_is_passed_over()
    {
        InstructionKinds.All.Count.ShouldBe(25);
        InstructionKinds.Find("en:punctuation:no_comma").ShouldBeSameAs(InstructionKinds.Find("punctuation:no_comma"));
        Should.Throw<TSpinException>(() => InstructionKinds.Find("punctuation:no_dots")).Message.ShouldContain("no_dots");
    }

    [Theory]
    [InlineData("length_constraints:number_words", """{"relation":"at least"}""", "num_words")]
    [InlineData("length_constraints:number_words", """{"relation":"at least","num_words":null}""", "num_words")]
    [InlineData("length_constraints:number_words", """{"relation":"more than","num_words":3}""", "more than")]
    [InlineData("length_constraints:number_words", """{"relation":"at least","num_words":"3"}""", "num_words")]
    [InlineData("keywords:existence", """{"keywords":"a"}""", "a list of texts")]
    [InlineData("keywords:existence", """{"keywords":["a("]}""", "a(")]
    [InlineData("length_constraints:nth_paragraph_first_word", """{"num_paragraphs":2,"nth_paragraph":3,"first_word":"a"}""", "nth_paragraph")]
    public void Arguments_that_do_not_fit_are_named(string id, string arguments, string named) =>
        Should.Throw<TSpinException>(() => Make(id, arguments)).Message.ShouldContain(named);

    // A pattern that tries for ever is ended; long hostile answers are no matter for the others.
    [Fact]
    public void Hostile_answers_are_judged_in_time()
    {
        string[] hostile = [new string('[', 50_000), new string('*', 50_000), string.Concat(Enumerable.Repeat("\n", 20_000)) + "x", new string('{', 50_000), string.Concat(Enumerable.Repeat("A.", 20_000)), new string('"', 20_000), new string('<', 50_000)];
        foreach (var (id, arguments) in new[]
        {
            ("detectable_content:number_placeholders", """{"num_placeholders":2}"""), ("detectable_format:number_highlighted_sections", """{"num_highlights":2}"""), ("detectable_format:json_format", "{}"),
            ("detectable_format:title", "{}"), ("detectable_format:number_bullet_lists", """{"num_bullets":2}"""), ("length_constraints:number_sentences", """{"num_sentences":3,"relation":"less than"}"""),
            ("change_case:capital_word_frequency", """{"capital_frequency":1,"capital_relation":"less than"}"""),
        })
        {
            foreach (var text in hostile)
            {
                Make(id, arguments).IsFollowed(text);
            }
        }
    }

    private static IInstruction Make(string id, string arguments) =>
        InstructionKinds.Find(id).Create(new InstructionArguments(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments)!, Tools));

    // English, but for a text without letters.
    private sealed class SaysEnglish : ILanguageDetector
    {
        public string? Detect(string text) => text.Any(char.IsLetter) ? "en" : null;
    }
}
