namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Tells in which language a text is written.</summary>
public interface ILanguageDetector
{
    /// <summary>The language.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>
    /// Its code as langdetect has it (<c>en</c>, <c>pt</c>, <c>zh-cn</c>), or null where nothing in the text tells:
    /// that counts as followed.
    /// </returns>
    string? Detect(string text);
}
