namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Scripts of the languages that langdetect knows.</summary>
internal enum WritingSystem
{
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    Greek,
    Hebrew,
    Bengali,
    Gurmukhi,
    Gujarati,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Thai,
    Hangul,
    Kana,
    Han,
}
