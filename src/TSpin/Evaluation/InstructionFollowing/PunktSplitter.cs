using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// Splits text into sentences as nltk's Punkt does (Kiss and Strunk 2006): full stops, exclamation and question marks
/// are candidates; abbreviations, initials, numbers and the next
/// word's case decide. Closing quotes and brackets go with the sentence before them.
/// </summary>
/// <param name="parameters">What is known of the language.</param>
public sealed class PunktSplitter(PunktParameters parameters) : ISentenceSplitter
{
    private const string Space = PythonRegex.Space;
    private const string NoSpace = PythonRegex.NoSpace;
    private const string NoWord = @"[)"";}\]*:@'({\[!?]";
    private const string Several = $@"(?:-{{2,}}|\.{{2,}}|(?:\.{Space}){{2,}}\.)";
    private const string Punctuation = ";:,.!?";

    private static readonly Regex Candidate = PythonRegex.Create(
        $"[.?!](?=(?<after>{NoWord}|{Space}+(?<next>{NoSpace}+)))", RegexOptions.ExplicitCapture);

    private static readonly Regex Token = PythonRegex.Create(
        $@"{Several}|(?=[^(""`{{\[:;&#*@)}}\]\-,]){NoSpace}+?(?={Space}|$|{NoWord}|{Several}|,(?=$|{Space}|{NoWord}|{Several}))|{NoSpace}");

    private static readonly Regex Closing = PythonRegex.Create($@"\G[""')\]}}]+?(?:{Space}+|(?=--)|$)",
        RegexOptions.Multiline);
    private static readonly Regex Ellipsis = PythonRegex.Create(@"\G\.\.+$");
    private static readonly Regex Number = PythonRegex.Create(
        $@"^-?[.,]?{PythonRegex.Digit}(?:{PythonRegex.Digit}|[,.-])*\.?$");
    private static readonly Regex Initial = PythonRegex.Create($@"\G(?!{PythonRegex.Digit}){PythonRegex.Word}\.$");

    /// <inheritdoc/>
    public IReadOnlyList<string> Split(string text)
    {
        var sentences = new List<string>();
        var taken = 0;
        List<(int Start, int End)> slices = [.. Slices(text)];
        for (var i = 0; i < slices.Count; i++)
        {
            var start = slices[i].Start + taken;
            var end = slices[i].End;
            taken = 0;
            if (i + 1 < slices.Count)
            {
                // What closes a sentence may lie behind its full stop: it is moved over from the next one.
                var next = text[slices[i + 1].Start..Math.Max(slices[i + 1].Start, slices[i + 1].End)];
                var closing = Closing.Match(next);
                if (closing.Success)
                {
                    var closed = slices[i + 1].Start + PythonString.StripEnd(closing.Value).Length;
                    sentences.Add(text[Math.Min(start, closed)..closed]);
                    taken = closing.Length;
                    continue;
                }
            }

            if (end > start)
            {
                sentences.Add(text[start..end]);
            }
        }

        return sentences;
    }

    private IEnumerable<(int Start, int End)> Slices(string text)
    {
        var last = 0;
        foreach (var (mark, context) in Candidates(text))
        {
            if (HasBreak(context))
            {
                yield return (last, mark.Index + 1);
                last = mark.Groups["next"] is { Success: true } next ? next.Index : mark.Index + 1;
            }
        }

        yield return (last, PythonString.StripEnd(text).Length);
    }

    // Candidates with the words around them: of several on one word, the last.
    private static IEnumerable<(Match Mark, string Context)> Candidates(string text)
    {
        Match? previous = null;
        var (start, end) = (0, 0);
        foreach (Match mark in Candidate.Matches(text))
        {
            var space = LastSpace(text, end, mark.Index);
            var wordStart = space > end ? space + 1 : start;
            if (previous is not null && end <= wordStart)
            {
                yield return (previous, text[start..end] + previous.Value + previous.Groups["after"].Value);
            }

            (previous, start, end) = (mark, wordStart, mark.Index);
        }

        if (previous is not null)
        {
            yield return (previous, text[start..end] + previous.Value + previous.Groups["after"].Value);
        }
    }

    // A space at the very beginning of what is searched counts as none, as in nltk.
    private static int LastSpace(string text, int from, int to)
    {
        for (var i = to - 1; i > from; i--)
        {
            if (text[i] is ' ' or (>= '\t' and <= '\r'))
            {
                return i;
            }
        }

        return from;
    }

    private bool HasBreak(string context)
    {
        var found = false;
        var words = context.Split('\n').SelectMany(line =>
            Token.Matches(line).Select(match => new PunktToken(match.Value))).ToArray();
        foreach (var word in words)
        {
            Mark(word);
        }

        for (var i = 0; i < words.Length; i++)
        {
            if (found)
            {
                return true;
            }

            if (i + 1 < words.Length)
            {
                Reconsider(words[i], words[i + 1]);
            }

            found = words[i].Breaks;
        }

        return false;
    }

    private void Mark(PunktToken word)
    {
        if (word.Text is "." or "?" or "!")
        {
            word.Breaks = true;
        }
        else if (Ellipsis.IsMatch(word.Text))
        {
            word.IsEllipsis = true;
        }
        else if (word.EndsInStop && !word.Text.EndsWith("..", StringComparison.Ordinal))
        {
            word.IsAbbreviation = parameters.IsAbbreviation(PythonText.Lower(word.Text[..^1]));
            word.Breaks = !word.IsAbbreviation;
        }
    }

    private void Reconsider(PunktToken word, PunktToken next)
    {
        if (!word.EndsInStop)
        {
            return;
        }

        var (type, nextType) = (word.TypeWithoutStop, next.TypeInSentence);
        if (parameters.IsCollocation(type, nextType))
        {
            (word.Breaks, word.IsAbbreviation) = (false, true);
            return;
        }

        var isInitial = Initial.IsMatch(word.Text);
        var starts = StartsSentence(next);
        if ((word.IsAbbreviation || word.IsEllipsis) && !isInitial
            && (starts == true || (next.IsUpper && parameters.IsStarter(nextType))))
        {
            word.Breaks = true;
            return;
        }

        if ((isInitial || type == PunktToken.NumberType)
            && (starts == false || (starts is null && isInitial && next.IsUpper
                && (parameters.Context(nextType) & PunktParameters.AnyLower) == 0)))
        {
            (word.Breaks, word.IsAbbreviation) = (false, true);
        }
    }

    // True or false where the word's case tells; null where it does not.
    private bool? StartsSentence(PunktToken word)
    {
        if (word.Text.Length == 1 && Punctuation.Contains(word.Text, StringComparison.Ordinal))
        {
            return false;
        }

        var context = parameters.Context(word.TypeInSentence);
        if (word.IsUpper && (context & PunktParameters.AnyLower) != 0 && (context & PunktParameters.InsideUpper) == 0)
        {
            return true;
        }

        return word.IsLower && ((context & PunktParameters.AnyUpper) != 0
            || (context & PunktParameters.BeginsLower) == 0) ? false : null;
    }

    private sealed class PunktToken(string text)
    {
        public const string NumberType = "##number##";

        private readonly string _type = Number.Replace(PythonText.Lower(text), NumberType);

        public string Text => text;

        public bool EndsInStop => text.EndsWith('.');

        public bool Breaks { get; set; }

        public bool IsAbbreviation { get; set; }

        public bool IsEllipsis { get; set; }

        public string TypeWithoutStop => _type.Length > 1 && _type[^1] == '.' ? _type[..^1] : _type;

        public string TypeInSentence => Breaks ? TypeWithoutStop : _type;

        public bool IsUpper => PythonText.IsUpper(First);

        public bool IsLower => PythonText.IsLower(First);

        private string First => text[..(char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1)];
    }
}
