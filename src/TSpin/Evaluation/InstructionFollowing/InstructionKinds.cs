using TSpin.Evaluation.InstructionFollowing.Instructions;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>The types of instructions, a row each. Nothing else knows their names.</summary>
public static class InstructionKinds
{
    /// <summary>IFEval's 25 types.</summary>
    public static IReadOnlyList<InstructionKind> All { get; } =
    [
        new("keywords:existence", given => new KeywordsExist(given)),
        new("keywords:frequency", given => new KeywordFrequency(given)),
        new("keywords:forbidden_words", given => new ForbiddenWords(given)),
        new("keywords:letter_frequency", given => new LetterFrequency(given)),
        new("language:response_language", given => new ResponseLanguage(given)),
        new("length_constraints:number_sentences", given => new NumberOfSentences(given)),
        new("length_constraints:number_paragraphs", given => new NumberOfParagraphs(given)),
        new("length_constraints:number_words", given => new NumberOfWords(given)),
        new("length_constraints:nth_paragraph_first_word", given => new ParagraphFirstWord(given)),
        new("detectable_content:number_placeholders", given => new NumberOfPlaceholders(given)),
        new("detectable_content:postscript", given => new Postscript(given)),
        new("detectable_format:number_bullet_lists", given => new NumberOfBullets(given)),
        new("detectable_format:constrained_response", _ => new ConstrainedResponse()),
        new("detectable_format:number_highlighted_sections", given => new NumberOfHighlights(given)),
        new("detectable_format:multiple_sections", given => new NumberOfSections(given)),
        new("detectable_format:json_format", _ => new JsonFormat()),
        new("detectable_format:title", _ => new Title()),
        new("combination:two_responses", _ => new TwoResponses()),
        new("combination:repeat_prompt", given => new RepeatPrompt(given)),
        new("startend:end_checker", given => new EndPhrase(given)),
        new("startend:quotation", _ => new Quotation()),
        new("change_case:capital_word_frequency", given => new CapitalWordFrequency(given)),
        new("change_case:english_capital", given => new EnglishInCase(given, PythonText.IsUpper)),
        new("change_case:english_lowercase", given => new EnglishInCase(given, PythonText.IsLower)),
        new("punctuation:no_comma", _ => new NoComma()),
    ];

    private static readonly Dictionary<string,
        InstructionKind> ById = All.ToDictionary(kind => kind.Id, StringComparer.Ordinal);

    /// <summary>Finds a type.</summary>
    /// <param name="id">
    /// Its name in the data; a language's prefix (<c>en:</c>), as some files have it, is passed over.
    /// </param>
    /// <returns>The type.</returns>
    /// <exception cref="TSpinException">No type has this name.</exception>
    public static InstructionKind Find(string id)
    {
        var bare = id.StartsWith("en:", StringComparison.Ordinal) ? id[3..] : id;
        return ById.TryGetValue(bare, out var kind) ? kind
            : throw new TSpinException($"instruction type {Files.Excerpt.Of(id)} is not known. Known are: {string.Join(", ", All.Select(known => known.Id))}.");
    }
}
