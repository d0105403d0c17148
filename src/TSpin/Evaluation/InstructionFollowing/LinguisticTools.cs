namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>What some types of instructions need beyond the text itself.</summary>
/// <param name="Language">Tells languages.</param>
/// <param name="Sentences">Splits into sentences.</param>
public sealed record LinguisticTools(ILanguageDetector Language, ISentenceSplitter Sentences)
{
    /// <summary>
    /// Those that come with TSpin: Lingua's models, and rules of our own for English sentences. Nothing is loaded
    /// before it is asked for.
    /// </summary>
    public static LinguisticTools Default { get; } = new(new LinguaDetector(),
        new PunktSplitter(PunktParameters.English));

    /// <summary>The official checker's own knowledge where the user has it, ours elsewhere.</summary>
    /// <param name="langdetect">The folder <c>langdetect/profiles</c> of the Python package, or null.</param>
    /// <param name="punkt">The folder <c>punkt_tab/english</c> of nltk's data, or null.</param>
    /// <returns>The tools.</returns>
    /// <exception cref="TSpinException">A folder that is named is not what it must be.</exception>
    public static LinguisticTools Of(string? langdetect, string? punkt) => new(
        langdetect is null ? Default.Language : LangdetectDetector.Read(langdetect), punkt is null ? Default.Sentences
            : new PunktSplitter(PunktParameters.Read(punkt)));
}
