namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// There are many, or few, enough words in capitals; words as nltk's <c>word_tokenize</c> takes them, sentence by
/// sentence.
/// </summary>
internal sealed class CapitalWordFrequency(InstructionArguments given) : IInstruction
{
    private readonly Func<int, bool> _isEnough = given.Threshold("capital_frequency", "capital_relation");

    public bool IsFollowed(string response) =>
        _isEnough(given.Tools.Sentences.Split(response).Sum(sentence =>
            TreebankWords.Of(sentence).Count(PythonText.IsUpper)));
}
