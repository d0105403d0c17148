using Lingua;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// Tells the languages that langdetect knows: by script where a script has one language, by letters and words that tell
/// (<see cref="TellingMarks"/>), else by the library Lingua among
/// those of the script, with its models of three letters. Where there is no letter of a script that langdetect knows,
/// there is no language.
/// </summary>
/// <param name="modelsFolder">Lingua's models: a folder for each language. Default: beside the program.</param>
/// <remarks>
/// Models are loaded when a script first asks for them (Latin: about a second and 40 MB) and kept for the process.
/// </remarks>
public sealed class LinguaDetector(string? modelsFolder = null) : ILanguageDetector
{
    /// <summary>What a text is in whose language is none that can be told, though it has letters.</summary>
    public const string Unknown = "unknown";

    private static readonly Lock Models = new();

    private readonly Dictionary<WritingSystem, Lazy<LanguageDetector>> _detectors = new()
    {
        [WritingSystem.Latin] = Among(
            modelsFolder,
            Language.Afrikaans, Language.Albanian, Language.Bokmal, Language.Catalan, Language.Croatian,
                Language.Czech, Language.Danish, Language.Dutch, Language.English, Language.Estonian,
            Language.Finnish, Language.French, Language.German, Language.Hungarian, Language.Indonesian,
                Language.Italian, Language.Latvian, Language.Lithuanian, Language.Polish,
            Language.Portuguese, Language.Romanian, Language.Slovak, Language.Slovene, Language.Somali,
                Language.Spanish, Language.Swahili, Language.Swedish, Language.Tagalog,
            Language.Turkish, Language.Vietnamese, Language.Welsh),
        [WritingSystem.Cyrillic] = Among(modelsFolder, Language.Bulgarian, Language.Macedonian, Language.Russian,
            Language.Ukrainian),
    };

    /// <inheritdoc/>
    public string? Detect(string text)
    {
        text = WebAddresses.Without(text);
        var letters = WritingSystems.Count(text);
        if (letters.Count == 0)
        {
            return null;
        }

        // As langdetect: Latin letters do not count where there are more than twice as many others.
        var latin = letters.GetValueOrDefault(WritingSystem.Latin);
        if (latin * 2 < letters.Values.Sum() - latin)
        {
            letters.Remove(WritingSystem.Latin);
        }

        var system = letters.MaxBy(entry => entry.Value).Key;
        return system switch
        {
            WritingSystem.Han when letters.ContainsKey(WritingSystem.Kana) => "ja",
            WritingSystem.Devanagari => TellingMarks.OfDevanagari(text),
            WritingSystem.Arabic => TellingMarks.OfArabic(text),
            WritingSystem.Latin when TellingMarks.OfLatin(text, latin) is { } told => told,
            _ when WritingSystems.OnlyLanguage(system) is { } only => only,
            _ => Ask(system, text),
        };
    }

    // Lingua keeps its models for the process and fills them while it detects: two threads would see each other's half.
    private string Ask(WritingSystem system, string text)
    {
        lock (Models)
        {
            return Code(_detectors[system].Value.DetectLanguageOf(text));
        }
    }

    private static string Code(Language language) => language switch
    {
        Language.Unknown => Unknown,
        Language.Bokmal => "no",
        _ => language.IsoCode6391().ToString().ToLowerInvariant(),
    };

    private static Lazy<LanguageDetector> Among(string? folder, params Language[] languages) => new(() =>
    {
        var models = folder ?? Path.Combine(AppContext.BaseDirectory, "Lingua", "LanguageModels");
        foreach (var language in languages)
        {
            // Asked here, since Lingua takes an absent model for one that knows no word.
            var path = Path.Combine(models, language.IsoCode6391().ToString().ToLowerInvariant(), "trigrams.json.br");
            if (!File.Exists(path) || !File.Exists(path.Replace("trigrams", "unigrams", StringComparison.Ordinal)))
            {
                throw new TSpinException($"{path}, or unigrams.json.br beside it, is absent: a model that tells languages. Install TSpin anew, or name the folder of Lingua's models.") { ExitCode = 3 };
            }
        }

        return LanguageDetectorBuilder.FromLanguages(languages).WithLowAccuracyMode().WithLanguageModelsDirectory(
            models).Build();
    });
}
