namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// Letters and small words that only one language of a script has, or has much more often than the others.
/// </summary>
internal static class TellingMarks
{
    private const string UrduLetters = "ٹڈڑںہھےۓ";
    private const string PersianLetters = "پچژگکی";
    private const string ArabicLetters = "ةيكىأإؤ";
    private const string VietnameseLetters = "ăđơưĂĐƠƯ";

    // In so few, and no small word, langdetect sees almost any language.
    private const int FewLetters = 12;

    private static readonly HashSet<string> English = WordsOf(
        "the a an and or but of to in on at is are was were be been it its this that these those i you he she we they my your his her our their with for from as by not have has had do " +
        "does did will would can could should there here what when who how if so no all one about up out into than then");

    private static readonly HashSet<string> Swahili = WordsOf(
        "kwa na ya wa ni za la cha katika hii hiyo hilo kama lakini au pia si hakuna yake wake yangu wangu sana kuwa mtu watu");

    private static readonly (string Language, HashSet<string> Words, string[] Endings)[] Devanagari =
    [
        ("hi", WordsOf("है हैं में और के की का से लिए यह वे वह आप था थी थे जैसे ने पर नहीं भी कि एक हम तो को इस कर करने रहा रही हुए गया न जो"), []),
        ("mr", WordsOf("आहे आहेत आणि मध्ये हे ते या मी आम्ही तुम्ही नाही होते होता होती करा साठी तर काही मला तुला आपण आपल्या"), ["च्या", "मध्ये", "साठी", "ांना", "ांनी", "ण्यासाठी"]),
        ("ne", WordsOf("छ छन् छु छौं हुन् हुन्छ थियो थिए भयो भएको गर्न गर्ने गरेको गर्छ र मा लाई बाट हरू तपाईं तपाईंको तपाई हामी हाम्रो यो त्यो पनि लागि सँग अनि तथा गर्नुहोस्"),
            ["हरू", "हरु", "लाई", "बाट", "को", "मा", "ले"]),
    ];

    private static readonly char[] Separators = [.. " \n\r\t\u00a0,.।!?:;\"“”'*()[]<>-–—/|#@_"];

    /// <summary>Hindi, Marathi or Nepali, by their small words and by endings.</summary>
    public static string OfDevanagari(string text)
    {
        var words = text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        return Devanagari.MaxBy(language =>
            words.Count(word => language.Words.Contains(word)
                || (word.Length > 4 && Array.Exists(language.Endings, ending =>
                word.EndsWith(ending, StringComparison.Ordinal))))).Language;
    }

    /// <summary>Arabic, Persian or Urdu, by the letters that the others lack.</summary>
    public static string OfArabic(string text)
    {
        var (urdu, persian, arabic) = (Count(text, UrduLetters), Count(text, PersianLetters),
            Count(text, ArabicLetters));
        return urdu * 3 > persian && urdu > arabic ? "ur" : persian > arabic ? "fa" : "ar";
    }

    /// <summary>
    /// Vietnamese by its letters, English and Swahili by their small words; null where they do not tell.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="letters">How many Latin letters it has.</param>
    public static string? OfLatin(string text, int letters)
    {
        if (text.Count(letter => letter is >= '\u1ea0' and <= '\u1ef9'
            || VietnameseLetters.Contains(letter, StringComparison.Ordinal)) * 15 > letters)
        {
            return "vi";
        }

        var words = PythonText.Lower(text).Split(Separators, StringSplitOptions.RemoveEmptyEntries).Where(word =>
            char.IsLetter(word[0])).ToArray();
        var (english, swahili) = (words.Count(English.Contains), words.Count(Swahili.Contains));
        var most = Math.Max(english, swahili);
        return most * 5 >= words.Length && words.Length > 1 && most > 0 ? (english >= swahili ? "en" : "sw")
            : most == 0 && words.Distinct(StringComparer.Ordinal).Sum(word => word.Length) < FewLetters
                ? LinguaDetector.Unknown
            : null;
    }

    private static int Count(string text, string letters) =>
        text.Count(letter => letters.Contains(letter, StringComparison.Ordinal));

    private static HashSet<string> WordsOf(string words) => new(words.Split(' '), StringComparer.Ordinal);
}
