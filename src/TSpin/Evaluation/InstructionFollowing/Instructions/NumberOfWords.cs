namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>There are many, or few, enough words: runs of letters, marks, digits and underscores.</summary>
internal sealed class NumberOfWords(InstructionArguments given) : IInstruction
{
    private readonly Func<int, bool> _isEnough = given.Threshold("num_words", "relation");

    public bool IsFollowed(string response)
    {
        var words = 0;
        var isInWord = false;
        foreach (var rune in response.EnumerateRunes())
        {
            var isWord = PythonText.IsWordOfRegex(rune);
            words += isWord && !isInWord ? 1 : 0;
            isInWord = isWord;
        }

        return _isEnough(words);
    }
}
