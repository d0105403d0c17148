using System.Text;
using TSpin.Randomness;

namespace TSpin.TokenizerBench;

/// <summary>Text with the statistics of English prose that matter to a tokenizer: word lengths, Zipf's law, rare words, numbers, punctuation, paragraphs.</summary>
internal static class EnglishLikeText
{
    private const int Words = 60_000;
    private static readonly string[] Syllables = ["th", "e", "an", "in", "er", "re", "on", "at", "en", "nd", "ti", "es", "or", "te", "of", "ed", "is", "it", "al", "ar", "st", "to", "nt", "ng", "se", "ha", "as", "ou", "io", "le", "ve", "co", "me", "de"];

    /// <summary>Documents of about 1,200 bytes.</summary>
    public static string[] Documents(int bytes, ulong seed)
    {
        var random = new RandomStream(seed);
        var words = Enumerable.Range(0, Words).Select(rank => Word(random, rank)).ToArray();
        var documents = new List<string>();
        for (var made = 0; made < bytes;)
        {
            var text = new StringBuilder();
            while (text.Length < 1200)
            {
                AppendSentence(text, words, random);
            }

            documents.Add(text.ToString());
            made += text.Length;
        }

        return [.. documents];
    }

    // Frequent words are short.
    private static string Word(RandomStream random, int rank) =>
        string.Concat(Enumerable.Range(0, random.NextInt(1, 1 + (int)Math.Log10(rank + 10))).Select(_ => Syllables[random.NextInt(Syllables.Length)]));

    private static void AppendSentence(StringBuilder text, string[] words, RandomStream random)
    {
        var length = random.NextInt(5, 22);
        for (var i = 0; i < length; i++)
        {
            // The rank's logarithm is uniform: Zipf's law.
            var word = words[(int)Math.Pow(Words, random.NextDouble()) - 1];
            text.Append(i == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : random.NextInt(40) == 0 ? $"{random.NextInt(10_000)}" : word);
            text.Append(i == length - 1 ? "" : random.NextInt(12) == 0 ? ", " : " ");
        }

        text.Append(random.NextInt(6) == 0 ? ".\n\n" : ". ");
    }
}
