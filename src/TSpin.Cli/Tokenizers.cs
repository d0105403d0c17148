using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary>Loads tokenizers for verbs.</summary>
internal static class Tokenizers
{
    /// <summary>Loads a tokenizer and says on standard error what its files say and is not followed.</summary>
    /// <param name="folderOrFile">As for <see cref="Tokenizer.Load"/>.</param>
    public static Tokenizer Load(string folderOrFile) => Told(Tokenizer.Load(folderOrFile));

    /// <summary>The same, as <see cref="Tokenizer.LoadByClass"/>.</summary>
    public static Tokenizer LoadByClass(string folderOrFile) => Told(Tokenizer.LoadByClass(folderOrFile));

    private static Tokenizer Told(Tokenizer tokenizer)
    {
        foreach (var notice in tokenizer.NotFollowed)
        {
            Console.Error.WriteLine(notice);
        }

        return tokenizer;
    }
}
