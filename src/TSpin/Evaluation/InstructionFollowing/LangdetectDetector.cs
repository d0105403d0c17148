using System.Text;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// Tells languages as langdetect does, from its own profiles where the user has them (the folder <c>profiles</c> of the
/// Python package): pieces of one to three letters are drawn from the
/// text and multiplied up, by Bayes' rule, until one language is sure; seven times, and the mean is taken. langdetect
/// draws by chance and may say otherwise each time; here the draws are
/// spread evenly, so that a text has one answer.
/// </summary>
public sealed class LangdetectDetector : ILanguageDetector
{
    private const int LongestPiece = 3;
    private const int LongestText = 10_000;
    private const int MostDraws = 1000;
    private const double Sure = 0.99999;
    private const double Least = 0.1;
    private const double Smoothing = 0.5 / 10_000;

    // The golden ratio spreads draws evenly whatever their number.
    private const double Stride = 0.6180339887498949;

    // Where langdetect draws its smoothing from a normal distribution: seven even parts of it.
    private static readonly double[] Trials = [0.865, 0.92, 0.963, 1, 1.037, 1.08, 1.135];

    private readonly List<string> _languages = [];
    private readonly Dictionary<string, double[]> _shares = new(StringComparer.Ordinal);

    private LangdetectDetector()
    {
    }

    /// <summary>Reads the profiles.</summary>
    /// <param name="folder">
    /// One file a language: <c>{"freq": {"a": 12, …}, "n_words": [1, 2, 3], "name": "en"}</c>.
    /// </param>
    /// <returns>The detector.</returns>
    /// <exception cref="TSpinException">There is no profile, or one is damaged.</exception>
    public static LangdetectDetector Read(string folder)
    {
        string[] files = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Where(file =>
            !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0)
        {
            throw new TSpinException($"{folder}: holds no profile of langdetect. Name the folder langdetect/profiles of the Python package.");
        }

        var detector = new LangdetectDetector();
        Profile[] profiles = [.. files.Select(ReadProfile)];
        for (var i = 0; i < profiles.Length; i++)
        {
            detector._languages.Add(profiles[i].Name);
            foreach (var (piece, count) in profiles[i].Freq)
            {
                if (piece.Length is > 0 and <= LongestPiece && profiles[i].NWords[piece.Length - 1] is > 0 and var all)
                {
                    (detector._shares.TryGetValue(piece, out var shares) ? shares
                        : detector._shares[piece] = new double[profiles.Length])[i] = count / all;
                }
            }
        }

        return detector;
    }

    /// <inheritdoc/>
    public string? Detect(string text)
    {
        var pieces = Pieces(WithoutLatin(Spaced(WebAddresses.Without(text))));
        if (pieces.Count == 0)
        {
            return null;
        }

        var mean = new double[_languages.Count];
        for (var trial = 0; trial < Trials.Length; trial++)
        {
            var chances = Draw(pieces, trial);
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += chances[i] / Trials.Length;
            }
        }

        var best = Array.IndexOf(mean, mean.Max());
        return mean[best] > Least ? _languages[best] : LinguaDetector.Unknown;
    }

    private double[] Draw(List<double[]> pieces, int trial)
    {
        var chances = new double[_languages.Count];
        Array.Fill(chances, 1.0 / chances.Length);
        var place = (trial + 0.5) / Trials.Length;
        for (var draw = 0; draw <= MostDraws; draw++)
        {
            place = (place + Stride) % 1;
            var shares = pieces[(int)(place * pieces.Count)];
            for (var i = 0; i < chances.Length; i++)
            {
                chances[i] *= (Smoothing * Trials[trial]) + shares[i];
            }

            if (draw % 5 == 0)
            {
                var sum = chances.Sum();
                for (var i = 0; i < chances.Length; i++)
                {
                    chances[i] /= sum;
                }

                if (chances.Max() > Sure)
                {
                    break;
                }
            }
        }

        return chances;
    }

    private static string Spaced(string text)
    {
        var spaced = new StringBuilder();
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            if (letter != ' ' || spaced.Length == 0 || spaced[^1] != ' ')
            {
                spaced.Append(letter);
            }
        }

        return spaced.ToString();
    }

    // Latin letters do not count where there are more than twice as many others.
    private static string WithoutLatin(string text)
    {
        var latin = text.Count(letter => letter is >= 'A' and <= 'z');
        var other = text.Count(letter => letter >= '\u0300' && letter is not (>= '\u1e00' and <= '\u1eff'));
        return latin * 2 < other ? string.Concat(text.Where(letter => letter is < 'A' or > 'z')) : text;
    }

    // The pieces that end at each letter; words of capitals count with their first letter and their end only.
    private List<double[]> Pieces(string text)
    {
        var pieces = new List<double[]>();
        var last = " ";
        var isCapitals = false;
        foreach (var character in text)
        {
            var letter = Simplified(character);
            var before = last[^1];
            if (before == ' ')
            {
                last = " ";
                isCapitals = false;
                if (letter == ' ')
                {
                    continue;
                }
            }
            else if (last.Length >= LongestPiece)
            {
                last = last[1..];
            }

            last += letter;
            isCapitals = char.IsUpper(letter) && (isCapitals || char.IsUpper(before));
            for (var length = 1; !isCapitals && length <= last.Length; length++)
            {
                var piece = last[^length..];
                if (piece != " " && _shares.TryGetValue(piece, out var shares))
                {
                    pieces.Add(shares);
                }
            }
        }

        return pieces;
    }

    // Letters that stand for many, and what is no letter for a space.
    private static char Simplified(char letter) => letter switch
    {
        < '\u0080' => char.IsAsciiLetter(letter) ? letter : ' ',
        '\u00a0' or '\u00ab' or '\u00b0' or '\u00bb' => ' ',
        '\u0219' => '\u015f',
        '\u021b' => '\u0163',
        '\u06cc' => '\u064a',
        >= '\u1ea0' and <= '\u1eff' => '\u1ec3',
        >= '\u2000' and <= '\u206f' => ' ',
        >= '\u3040' and <= '\u309f' => '\u3042',
        >= '\u30a0' and <= '\u30ff' => '\u30a2',
        (>= '\u3100' and <= '\u312f') or (>= '\u31a0' and <= '\u31bf') => '\u3105',
        >= '\uac00' and <= '\ud7af' => '\uac00',
        _ => letter,
    };

    private static Profile ReadProfile(string path)
    {
        try
        {
            var profile = JsonSerializer.Deserialize<Profile>(File.ReadAllBytes(path), JsonLinesFormat.Default);
            return profile is { NWords.Length: >= LongestPiece } ? profile
                : throw new TSpinException($"{path}: n_words needs {LongestPiece} numbers. Install langdetect anew.");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: is no profile of langdetect: {error.Message} Name the folder langdetect/profiles of the Python package.", error);
        }
    }

    private sealed record Profile(Dictionary<string, double> Freq, double[] NWords, string Name);
}
