using System.Globalization;
using TSpin.Tokens.Text;

namespace TSpin.Tokens.Patterns;

/// <summary>
/// Reads the regular expressions of tokenizer.json (Oniguruma's Ruby syntax, UTF-8) into a tree: literals, classes with ranges,
/// negation, nesting and <c>&amp;&amp;</c>, properties, groups, <c>(?i)</c>, look-around, atomic groups, all repetitions, anchors.
/// Back-references, recursion and conditionals are refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int MaximumDepth = 100;
    private const int MaximumRepetition = 1000;

    private readonly string _pattern;
    private int _position;
    private int _depth;

    private PatternParser(string pattern) => _pattern = pattern;

    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var tree = parser.ParseAlternation(new Flags(false, false, false));
        return parser.AtEnd ? tree : throw parser.Fault("an unmatched \")\"");
    }

    private bool AtEnd => _position >= _pattern.Length;

    private PatternNode ParseAlternation(Flags flags)
    {
        if (++_depth > MaximumDepth)
        {
            throw Fault($"groups nested deeper than {MaximumDepth}");
        }

        var branches = new List<PatternNode>();
        do
        {
            branches.Add(ParseConcatenation(flags));
        }
        while (Take('|'));
        _depth--;
        return branches.Count == 1 ? branches[0] : new PatternNode.Alternation(branches);
    }

    private PatternNode.Concatenation ParseConcatenation(Flags flags)
    {
        var parts = new List<PatternNode>();
        while (!AtEnd && _pattern[_position] is not ('|' or ')'))
        {
            if (flags.Extended && (char.IsWhiteSpace(_pattern[_position]) || _pattern[_position] == '#'))
            {
                SkipComment();
                continue;
            }

            var atom = ParseAtom(flags);
            if (atom is not null)
            {
                parts.Add(ParseRepetitions(atom, flags));
            }
        }

        return new PatternNode.Concatenation(parts);
    }

    private void SkipComment()
    {
        if (_pattern[_position++] == '#')
        {
            while (!AtEnd && _pattern[_position] != '\n')
            {
                _position++;
            }
        }
    }

    private PatternNode ParseRepetitions(PatternNode part, Flags flags)
    {
        for (var count = 0; !AtEnd; count++)
        {
            int minimum;
            var maximum = int.MaxValue;
            var isInterval = false;
            switch (_pattern[_position])
            {
                case '*':
                    minimum = 0;
                    _position++;
                    break;
                case '+':
                    minimum = 1;
                    _position++;
                    break;
                case '?':
                    (minimum, maximum) = (0, 1);
                    _position++;
                    break;
                case '{' when TryParseInterval(out minimum, out maximum):
                    isInterval = true;
                    break;
                default:
                    return part;
            }

            if (count >= MaximumDepth)
            {
                throw Fault($"more than {MaximumDepth} repetitions of one part");
            }

            // In Ruby's syntax a{2}? is (?:a{2})?, and an interval followed by "+" is a repetition of the interval, not a possessive one.
            if (isInterval && minimum == maximum && Take('?'))
            {
                part = new PatternNode.Repetition(new PatternNode.Repetition(part, minimum, maximum, RepetitionKind.Greedy), 0, 1, RepetitionKind.Greedy);
                continue;
            }

            var kind = Take('?') ? RepetitionKind.Lazy : !isInterval && Take('+') ? RepetitionKind.Possessive : RepetitionKind.Greedy;
            part = new PatternNode.Repetition(part, minimum, maximum, kind);
        }

        return part;
    }

    private bool TryParseInterval(out int minimum, out int maximum)
    {
        (minimum, maximum) = (0, int.MaxValue);
        var close = _pattern.IndexOf('}', _position);
        if (close < 0)
        {
            return false;
        }

        var parts = _pattern[(_position + 1)..close].Split(',');
        if (parts.Length > 2 || parts.All(p => p.Length == 0) || parts.Any(p => p.Any(c => !char.IsAsciiDigit(c))) || (parts.Length == 1 && parts[0].Length == 0))
        {
            return false;
        }

        if (parts.Any(p => p.Length > 4 || (p.Length > 0 && int.Parse(p, CultureInfo.InvariantCulture) > MaximumRepetition)))
        {
            throw Fault($"a repetition count above {MaximumRepetition}");
        }

        minimum = parts[0].Length == 0 ? 0 : int.Parse(parts[0], CultureInfo.InvariantCulture);
        maximum = parts.Length == 1 ? minimum : parts[1].Length == 0 ? int.MaxValue : int.Parse(parts[1], CultureInfo.InvariantCulture);
        if (maximum < minimum)
        {
            throw Fault("an interval whose end is below its start");
        }

        _position = close + 1;
        return true;
    }

    private PatternNode? ParseAtom(Flags flags)
    {
        switch (_pattern[_position])
        {
            case '(':
                _position++;
                return ParseGroup(flags);
            case '[':
                _position++;
                return Single(ParseClass(flags), flags);
            case '\\':
                return ParseEscape(flags);
            case '.':
                _position++;
                return new PatternNode.One(flags.DotMatchesAll ? CodePointSet.Any : new CodePointSet(c => c != '\n'));
            case '^':
                _position++;
                return new PatternNode.Anchor(PatternOperation.LineStart);
            case '$':
                _position++;
                return new PatternNode.Anchor(PatternOperation.LineEnd);
            case '*' or '+' or '?':
                throw Fault("a repetition with nothing to repeat");
            default:
                return Single(CodePointSet.Of(NextCodePoint()), flags);
        }
    }

    private PatternNode? ParseGroup(Flags flags)
    {
        if (!Take('?'))
        {
            return CloseGroup(ParseAlternation(flags));
        }

        if (TakeText("<=") || TakeText("<!"))
        {
            var negated = _pattern[_position - 1] == '!';
            return new PatternNode.Look(CloseGroup(ParseAlternation(flags)), Behind: true, negated);
        }

        if (TakeText("<") || TakeText("P<"))
        {
            var close = _pattern.IndexOf('>', _position);
            if (close < 0)
            {
                throw Fault("a group name without \">\"");
            }

            _position = close + 1;
            return CloseGroup(ParseAlternation(flags));
        }

        if (AtEnd)
        {
            throw Fault("an unfinished group");
        }

        switch (_pattern[_position])
        {
            case ':':
                _position++;
                return CloseGroup(ParseAlternation(flags));
            case '=' or '!':
                var negated = _pattern[_position++] == '!';
                return new PatternNode.Look(CloseGroup(ParseAlternation(flags)), Behind: false, negated);
            case '>':
                _position++;
                return new PatternNode.Atomic(CloseGroup(ParseAlternation(flags)));
            case '#':
                var end = _pattern.IndexOf(')', _position);
                _position = end < 0 ? throw Fault("an unfinished comment") : end + 1;
                return null;
        }

        var on = true;
        var inner = flags;
        for (; !AtEnd; _position++)
        {
            switch (_pattern[_position])
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    inner = inner with { IgnoreCase = on };
                    break;
                case 'm':
                case 's':
                    inner = inner with { DotMatchesAll = on };
                    break;
                case 'x':
                    inner = inner with { Extended = on };
                    break;
                case 'u':
                    break;
                case ':':
                    _position++;
                    return CloseGroup(ParseAlternation(inner));
                case ')':
                    // An option group without a body takes in all that follows in the enclosing group: a(?i)b|c is a(?i:b|c).
                    _position++;
                    return ParseAlternation(inner);
                default:
                    throw Fault($"the group option \"{_pattern[_position]}\", which TSpin does not support,");
            }
        }

        throw Fault("an unfinished group");
    }

    private PatternNode CloseGroup(PatternNode body) => Take(')') ? body : throw Fault("a group without \")\"");

    private PatternNode ParseEscape(Flags flags)
    {
        var anchor = (_position + 1 < _pattern.Length ? _pattern[_position + 1] : '\0') switch
        {
            'A' => PatternOperation.TextStart,
            'G' => PatternOperation.SearchStart,
            'z' => PatternOperation.TextEnd,
            'Z' => PatternOperation.TextEndOrLastLine,
            'b' => PatternOperation.WordBoundary,
            'B' => PatternOperation.NotWordBoundary,
            _ => PatternOperation.Accept,
        };
        if (anchor != PatternOperation.Accept)
        {
            _position += 2;
            return new PatternNode.Anchor(anchor);
        }

        if (_position + 1 < _pattern.Length && _pattern[_position + 1] is >= '1' and <= '9' or 'k' or 'g')
        {
            throw Fault("a back-reference, which TSpin does not support,");
        }

        if (_position + 1 < _pattern.Length && _pattern[_position + 1] == 'R')
        {
            _position += 2;
            var lineFeed = new PatternNode.One(CodePointSet.Of('\n'));
            var crLf = new PatternNode.Concatenation([new PatternNode.One(CodePointSet.Of('\r')), lineFeed]);
            var oneBreak = new PatternNode.One(new CodePointSet(c => c is (>= 0x0A and <= 0x0D) or 0x85 or 0x2028 or 0x2029));
            return new PatternNode.Atomic(new PatternNode.Alternation([crLf, oneBreak]));
        }

        // Case folding reaches single characters and bracketed classes, but not a class escape by itself.
        var set = ParseEscapedSet(inClass: false, out var single);
        return single >= 0 ? Single(set, flags) : new PatternNode.One(set);
    }

    /// <summary>An escape that stands for one code point or a class; <paramref name="single"/> is the code point, or -1.</summary>
    private CodePointSet ParseEscapedSet(bool inClass, out int single)
    {
        _position++;
        if (AtEnd)
        {
            throw Fault("a backslash at the end");
        }

        single = -1;
        var letter = _pattern[_position];
        switch (letter)
        {
            case 's':
            case 'S':
                _position++;
                return letter == 's' ? CodePoints.WhiteSpace : CodePoints.WhiteSpace.Negated();
            case 'd':
            case 'D':
                _position++;
                return letter == 'd' ? CharacterClasses.Digit : CharacterClasses.Digit.Negated();
            case 'w':
            case 'W':
                _position++;
                var word = inClass ? CharacterClasses.Word : CodePoints.OnigurumaWord;
                return letter == 'w' ? word : word.Negated();
            case 'h':
            case 'H':
                _position++;
                return letter == 'h' ? CharacterClasses.HexDigit : CharacterClasses.HexDigit.Negated();
            case 'p':
            case 'P':
                _position++;
                return ParseProperty(letter == 'P');
        }

        single = ParseEscapedCodePoint();
        return CodePointSet.Of(single);
    }

    private int ParseEscapedCodePoint()
    {
        var letter = _pattern[_position];
        switch (letter)
        {
            case 'n':
                _position++;
                return '\n';
            case 'r':
                _position++;
                return '\r';
            case 't':
                _position++;
                return '\t';
            case 'f':
                _position++;
                return '\f';
            case 'v':
                _position++;
                return '\v';
            case 'a':
                _position++;
                return '\a';
            case 'e':
                _position++;
                return 0x1B;
            case '0':
                _position++;
                return 0;
            case 'x':
                _position++;
                if (Take('{'))
                {
                    var close = _pattern.IndexOf('}', _position);
                    return close < 0 ? throw Fault("\\x{ without }") : ParseHex(close - _position, skip: 1);
                }

                return ParseHex(2, skip: 0);
            case 'u':
                _position++;
                return ParseHex(4, skip: 0);
            default:
                if (char.IsAsciiLetterOrDigit(letter))
                {
                    throw Fault($"the escape \"\\{letter}\", which TSpin does not support,");
                }

                return NextCodePoint();
        }
    }

    private int ParseHex(int digits, int skip)
    {
        if (_position + digits > _pattern.Length
            || !int.TryParse(_pattern.AsSpan(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
        {
            throw Fault("a code point that is none");
        }

        _position += digits + skip;
        return value;
    }

    private CodePointSet ParseProperty(bool negated)
    {
        string name;
        if (Take('{'))
        {
            var close = _pattern.IndexOf('}', _position);
            if (close < 0)
            {
                throw Fault("\\p{ without }");
            }

            name = _pattern[_position..close];
            _position = close + 1;
        }
        else if (AtEnd)
        {
            throw Fault("an unfinished \\p");
        }
        else
        {
            name = _pattern[_position++].ToString();
        }

        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        foreach (var prefix in (string[])["gc=", "sc=", "Script=", "General_Category=", "script="])
        {
            name = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        }

        var set = CharacterClasses.Find(name) ?? throw Fault($"the character property \"{name}\", which TSpin does not know,");
        return negated ? set.Negated() : set;
    }

    private CodePointSet ParseClass(Flags flags)
    {
        if (++_depth > MaximumDepth)
        {
            throw Fault($"classes nested deeper than {MaximumDepth}");
        }

        var negated = Take('^');
        CodePointSet? left = null;
        CodePointSet? current = null;
        void Add(CodePointSet set) => current = current is null ? set : current.Or(set);
        var first = true;
        while (true)
        {
            if (AtEnd)
            {
                throw Fault("a class without \"]\"");
            }

            if (!first && Take(']'))
            {
                break;
            }

            first = false;
            if (TakeText("&&"))
            {
                current ??= new CodePointSet(_ => false);
                left = left is null ? current : left.And(current);
                current = null;
            }
            else if (TakeText("[:"))
            {
                Add(ParsePosixClass());
            }
            else if (Take('['))
            {
                Add(ParseClass(flags));
            }
            else
            {
                var set = ParseClassItem(out var from);
                Add(from >= 0 && StartsRange() ? ParseRangeFrom(from) : set);
            }
        }

        _depth--;
        current ??= new CodePointSet(_ => false);
        var result = left is null ? current : left.And(current);
        if (flags.IgnoreCase)
        {
            result = CharacterClasses.IgnoringCase(result);
        }

        return negated ? result.Negated() : result;
    }

    private bool StartsRange() =>
        _position + 1 < _pattern.Length && _pattern[_position] == '-' && _pattern[_position + 1] != ']';

    private CodePointSet ParseRangeFrom(int from)
    {
        _position++;
        var set = ParseClassItem(out var to);
        if (to < 0)
        {
            // [a-\d]: the hyphen is a literal.
            return CodePointSet.Of(from).Or(CodePointSet.Of('-')).Or(set);
        }

        return to < from ? throw Fault("a range whose end is below its start") : new CodePointSet(c => c >= from && c <= to);
    }

    private CodePointSet ParseClassItem(out int single)
    {
        if (AtEnd)
        {
            throw Fault("a class without \"]\"");
        }

        if (_pattern[_position] != '\\')
        {
            single = NextCodePoint();
            return CodePointSet.Of(single);
        }

        if (_position + 1 < _pattern.Length && _pattern[_position + 1] == 'b')
        {
            _position += 2;
            single = '\b';
            return CodePointSet.Of(single);
        }

        return ParseEscapedSet(inClass: true, out single);
    }

    private CodePointSet ParsePosixClass()
    {
        var negated = Take('^');
        var close = _pattern.IndexOf(":]", _position, StringComparison.Ordinal);
        if (close < 0)
        {
            throw Fault("[: without :]");
        }

        var name = _pattern[_position..close];
        var set = CharacterClasses.Find(name) ?? throw Fault($"the character class \"[:{name}:]\", which TSpin does not know,");
        _position = close + 2;
        return negated ? set.Negated() : set;
    }

    private static PatternNode.One Single(CodePointSet set, Flags flags) =>
        new(flags.IgnoreCase ? CharacterClasses.IgnoringCase(set) : set);

    private int NextCodePoint()
    {
        var point = CodePoints.At(_pattern, _position, out var units);
        _position += units;
        return point;
    }

    private bool Take(char c)
    {
        if (!AtEnd && _pattern[_position] == c)
        {
            _position++;
            return true;
        }

        return false;
    }

    private bool TakeText(string text)
    {
        if (string.CompareOrdinal(_pattern, _position, text, 0, text.Length) != 0)
        {
            return false;
        }

        _position += text.Length;
        return true;
    }

    private PatternSyntaxException Fault(string fault) => new(_pattern, _position, fault);

    private readonly record struct Flags(bool IgnoreCase, bool DotMatchesAll, bool Extended);
}
