namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// A letter is there often, or seldom, enough, in either case. Where the data names no letter of the alphabet (two
/// prompts of IFEval name <c>#</c> and <c>!</c>), the official checker
/// draws one by chance, for strict and loose anew; here it is always the first that Python draws after
/// <c>random.seed(0)</c>.
/// </summary>
internal sealed class LetterFrequency : IDrawnInstruction
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    private const char FirstDrawn = 'y';

    private readonly char _letter;
    private readonly bool _isDrawn;
    private readonly Func<int, bool> _isEnough;

    public LetterFrequency(InstructionArguments given)
    {
        var letter = given.Text("letter");
        _isDrawn = letter.Length != 1 || !char.IsAsciiLetter(letter[0]);
        _letter = _isDrawn ? FirstDrawn : char.ToLowerInvariant(letter[0]);
        _isEnough = given.Threshold("let_frequency", "let_relation");
    }

    public bool IsFollowed(string response) => IsFollowed(PythonText.Lower(response), _letter);

    public bool DependsOnDraw(string response)
    {
        var lower = PythonText.Lower(response);
        return _isDrawn && Letters.Select(letter => IsFollowed(lower, letter)).Distinct().Count() > 1;
    }

    private bool IsFollowed(string lower, char letter) => _isEnough(lower.Count(character => character == letter));
}
