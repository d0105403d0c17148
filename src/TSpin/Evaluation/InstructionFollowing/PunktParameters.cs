using TSpin.Files;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>What a sentence splitter of Punkt's kind has learned of a language.</summary>
public sealed class PunktParameters
{
    /// <summary>Begins a sentence with a capital.</summary>
    public const int BeginsUpper = 1 << 1;

    /// <summary>Stands inside a sentence with a capital.</summary>
    public const int InsideUpper = 1 << 2;

    /// <summary>Begins a sentence without a capital.</summary>
    public const int BeginsLower = 1 << 4;

    /// <summary>Stands anywhere with a capital.</summary>
    public const int AnyUpper = BeginsUpper | InsideUpper | (1 << 3);

    /// <summary>Stands anywhere without a capital.</summary>
    public const int AnyLower = BeginsLower | (1 << 5) | (1 << 6);

    private readonly HashSet<string> _abbreviations;
    private readonly HashSet<(string First, string Second)> _collocations;
    private readonly HashSet<string> _starters;
    private readonly Dictionary<string, int> _contexts;

    private PunktParameters(IEnumerable<string> abbreviations, IEnumerable<(string First, string Second)> collocations,
        IEnumerable<string> starters, IEnumerable<(string Word, int Context)> contexts)
    {
        _abbreviations = new HashSet<string>(abbreviations, StringComparer.Ordinal);
        _collocations = [.. collocations];
        _starters = new HashSet<string>(starters, StringComparer.Ordinal);
        _contexts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (word, context) in contexts)
        {
            _contexts[word] = context;
        }
    }

    /// <summary>
    /// Rules of our own for English: common abbreviations, and the small words that begin sentences and are written
    /// small inside them.
    /// </summary>
    public static PunktParameters English { get; } = new(
        EnglishWords.Abbreviations, [], EnglishWords.Starters,
        [.. EnglishWords.Small.Select(word => (word, BeginsUpper | (1 << 5))),
            .. EnglishWords.Following.Select(word => (word, BeginsLower))]);

    /// <summary>Reads nltk's own, the folder <c>punkt_tab/english</c> of nltk's data.</summary>
    /// <param name="folder">With abbrev_types.txt, collocations.tab, sent_starters.txt and ortho_context.tab.</param>
    /// <returns>The parameters.</returns>
    /// <exception cref="TSpinException">A file is absent or a line is not what it must be.</exception>
    public static PunktParameters Read(string folder) => new(
        Lines(folder, "abbrev_types.txt").Select(line => line.Text),
        Lines(folder, "collocations.tab").Select(line => Pair(line, folder, "collocations.tab")),
        Lines(folder, "sent_starters.txt").Select(line => line.Text),
        Lines(folder, "ortho_context.tab").Select(line =>
        {
            var (word, context) = Pair(line, folder, "ortho_context.tab");
            return (word, int.TryParse(context, out var flags) ? flags
                : throw new TSpinException($"{Path.Combine(folder, "ortho_context.tab")}:{line.Number}: {Excerpt.Of(context)} is not a number. Fetch nltk's punkt_tab anew."));
        }));

    /// <summary>Whether a word, in lower case and without its full stop, is an abbreviation.</summary>
    internal bool IsAbbreviation(string word) => _abbreviations.Contains(word)
        || _abbreviations.Contains(word[(word.LastIndexOf('-') + 1)..]);

    /// <summary>Whether two words belong together though the first ends in a full stop.</summary>
    internal bool IsCollocation(string first, string second) => _collocations.Contains((first, second));

    /// <summary>Whether a word often begins sentences.</summary>
    internal bool IsStarter(string word) => _starters.Contains(word);

    /// <summary>Where a word has been seen, and how written.</summary>
    internal int Context(string word) => _contexts.GetValueOrDefault(word);

    private static IEnumerable<(int Number, string Text)> Lines(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return File.ReadAllText(path).Split('\n').Select((text, i) => (i + 1, text.TrimEnd('\r'))).Where(line =>
                line.Item2.Length > 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} Name the folder punkt_tab/english of nltk's data (python -m nltk.downloader punkt_tab).", error);
        }
    }

    private static (string First, string Second) Pair((int Number, string Text) line, string folder, string name) =>
        line.Text.Split('\t') is [var first, var second]
        ? (first, second)
        : throw new TSpinException($"{Path.Combine(folder, name)}:{line.Number}: {Excerpt.Of(line.Text)} is not two fields with a tab between them. Fetch nltk's punkt_tab anew.");
}
