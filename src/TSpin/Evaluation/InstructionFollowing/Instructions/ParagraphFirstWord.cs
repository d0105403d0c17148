using System.Buffers;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// There are so many paragraphs, with an empty line between two, and the nth begins with a word. Empty paragraphs do
/// not count as paragraphs but do count towards n, as the official
/// checker has it.
/// </summary>
internal sealed class ParagraphFirstWord : IInstruction
{
    private static readonly SearchValues<char> Punctuation = SearchValues.Create(".,?!'\"");

    private readonly double _paragraphs;
    private readonly int _nth;
    private readonly string _word;

    public ParagraphFirstWord(InstructionArguments given)
    {
        _paragraphs = given.Count("num_paragraphs");
        _word = PythonText.Lower(given.Text("first_word"));
        var nth = given.Count("nth_paragraph");
        _nth = nth <= _paragraphs ? (int)nth
            : throw new TSpinException($"argument 'nth_paragraph' is {nth}, beyond the {_paragraphs} of 'num_paragraphs' (the official checker would draw one by chance). Correct it in kwargs.");
    }

    public bool IsFollowed(string response)
    {
        var paragraphs = response.Split("\n\n");
        var count = paragraphs.Count(paragraph => !PythonText.IsBlank(paragraph));
        if (_nth > count || count != _paragraphs || PythonText.Words(paragraphs[_nth - 1]) is not [var word, ..])
        {
            return false;
        }

        word = word.TrimStart('\'').TrimStart('"');
        var end = word.AsSpan().IndexOfAny(Punctuation);
        // Letter by letter, so that a sigma at the end stays what it is.
        return string.Concat((end < 0 ? word : word[..end]).EnumerateRunes().Select(rune =>
            PythonText.Lower(rune.ToString()))) == _word;
    }
}
