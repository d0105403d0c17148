namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>What some types of instructions need beyond the text itself.</summary>
/// <param name="Language">Tells languages.</param>
/// <param name="Sentences">Splits into sentences.</param>
public sealed record LinguisticTools(ILanguageDetector Language, ISentenceSplitter Sentences)
{
    /// <summary>Those that come with TSpin: Lingua's models, and rules of our own for English sentences. Nothing is loaded before it is asked for.</summary>
    public static LinguisticTools Default { get; } = new(new LinguaDetector(), new PunktSplitter(PunktParameters.English));
}
