using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary>Loads tokenizers for verbs.</summary>
internal static class Tokenizers
{
    /// <summary>Loads a tokenizer and says on standard error what its files say and is not followed.</summary>
    /// <param name="folderOrFile">As for <see cref="Tokenizer.Load"/>.</param>
    public static Tokenizer Load(string folderOrFile)
    {
        var tokenizer = Tokenizer.Load(folderOrFile);
        foreach (var notice in tokenizer.NotFollowed)
        {
            Console.Error.WriteLine(notice);
        }

        return tokenizer;
    }
}
