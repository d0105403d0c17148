using System.Globalization;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>
/// Reads the regular expressions of tokenizer.json (Oniguruma's Ruby syntax, UTF-8) into a tree: literals, classes with ranges,
/// negation, nesting and <c>&amp;&amp;</c>, properties, groups, <c>(?i)</c>, look-around, atomic groups, all repetitions, anchors.
/// Back-references, recursion and conditionals are refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int MaximumStacked = 100;
    private const int MaximumRepetition = 1000;

    private readonly PatternCursor _cursor;
    private readonly CharacterSetParser _sets;

    // Groups that Oniguruma keeps as such: capturing ones, atomic ones, those with options. Plain (?:...) leaves no trace.
    private readonly HashSet<PatternNode> _kept = new(ReferenceEqualityComparer.Instance);

    // The code point of the atom read last, if that is one and case is ignored; otherwise -1.
    private int _caselessLiteral;

    private PatternParser(string pattern)
    {
        _cursor = new PatternCursor(pattern);
        _sets = new CharacterSetParser(_cursor);
    }

    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var tree = parser.ParseAlternation(new Flags(false, false, false));
        return parser._cursor.AtEnd ? tree : throw parser._cursor.Fault("an unmatched \")\"");
    }

    private PatternNode ParseAlternation(Flags flags)
    {
        _cursor.Enter();
        var branches = new List<PatternNode>();
        do
        {
            branches.Add(ParseConcatenation(flags));
        }
        while (_cursor.Take('|'));
        _cursor.Leave();
        return branches.Count == 1 ? branches[0] : new PatternNode.Alternation(branches);
    }

    private PatternNode.Concatenation ParseConcatenation(Flags flags)
    {
        var parts = new List<PatternNode>();
        var folded = new List<int>();
        while (!_cursor.AtEnd && _cursor.Current is not ('|' or ')'))
        {
            if (flags.Extended && (char.IsWhiteSpace(_cursor.Current) || _cursor.Current == '#'))
            {
                SkipComment();
                continue;
            }

            _caselessLiteral = -1;
            var atom = ParseAtom(flags);
            if (atom is not null)
            {
                var literal = _caselessLiteral;
                var part = ParseRepetitions(atom);
                RefuseLongFolding(folded, ReferenceEquals(part, atom) ? literal : -1);
                parts.Add(part);
            }
        }

        return new PatternNode.Concatenation(parts);
    }

    // A text that a single character folds to would match that character too.
    private void RefuseLongFolding(List<int> folded, int literal)
    {
        if (literal < 0)
        {
            folded.Clear();
            return;
        }

        folded.Add(CharacterClasses.Fold(literal));
        if (LongFoldings.AtEndOf(folded) is { } character)
        {
            throw _cursor.Fault($"a text that \"{character}\" equals when case is ignored, which TSpin does not support,");
        }
    }

    private void SkipComment()
    {
        if (_cursor.Pattern[_cursor.Position++] == '#')
        {
            while (!_cursor.AtEnd && _cursor.Current != '\n')
            {
                _cursor.Position++;
            }
        }
    }

    private PatternNode ParseRepetitions(PatternNode part)
    {
        for (var count = 0; !_cursor.AtEnd; count++)
        {
            int minimum;
            var maximum = int.MaxValue;
            var isInterval = false;
            switch (_cursor.Current)
            {
                case '*':
                    minimum = 0;
                    _cursor.Position++;
                    break;
                case '+':
                    minimum = 1;
                    _cursor.Position++;
                    break;
                case '?':
                    (minimum, maximum) = (0, 1);
                    _cursor.Position++;
                    break;
                case '{' when TryParseInterval(out minimum, out maximum):
                    isInterval = true;
                    break;
                default:
                    return part;
            }

            if (count == 0 && CannotRepeat(part))
            {
                throw _cursor.Fault("a repetition of a condition, which takes no text,");
            }

            if (isInterval && maximum > 1 && part.CanBeEmpty)
            {
                // Whether a round that takes nothing ends the repetition depends on how Oniguruma happens to compile it.
                throw _cursor.Fault("a counted repetition of a part that may be empty, which TSpin does not support,");
            }

            if (count >= MaximumStacked)
            {
                throw _cursor.Fault($"more than {MaximumStacked} repetitions of one part");
            }

            // In Ruby's syntax a{2}? is (?:a{2})?, and an interval followed by "+" is a repetition of the interval, not a possessive one.
            if (isInterval && minimum == maximum && _cursor.Take('?'))
            {
                part = new PatternNode.Repetition(new PatternNode.Repetition(part, minimum, maximum, RepetitionKind.Greedy), 0, 1, RepetitionKind.Greedy);
                continue;
            }

            var kind = _cursor.Take('?') ? RepetitionKind.Lazy : !isInterval && _cursor.Take('+') ? RepetitionKind.Possessive : RepetitionKind.Greedy;
            part = new PatternNode.Repetition(part, minimum, maximum, kind);
        }

        return part;
    }

    private bool CannotRepeat(PatternNode node) => !_kept.Contains(node) && node switch
    {
        PatternNode.Anchor or PatternNode.Look => true,
        PatternNode.Alternation either => either.Branches.Any(CannotRepeat),
        PatternNode.Concatenation { Parts: [var only] } => CannotRepeat(only),
        _ => false,
    };

    private PatternNode Kept(PatternNode group)
    {
        _kept.Add(group);
        return group;
    }

    private bool TryParseInterval(out int minimum, out int maximum)
    {
        (minimum, maximum) = (0, int.MaxValue);
        var close = _cursor.Pattern.IndexOf('}', _cursor.Position);
        if (close < 0)
        {
            return false;
        }

        var parts = _cursor.Pattern[(_cursor.Position + 1)..close].Split(',');
        if (parts.Length > 2 || parts.All(p => p.Length == 0) || parts.Any(p => p.Any(c => !char.IsAsciiDigit(c))) || (parts.Length == 1 && parts[0].Length == 0))
        {
            return false;
        }

        if (parts.Any(p => p.Length > 4 || (p.Length > 0 && int.Parse(p, CultureInfo.InvariantCulture) > MaximumRepetition)))
        {
            throw _cursor.Fault($"a repetition count above {MaximumRepetition}");
        }

        minimum = parts[0].Length == 0 ? 0 : int.Parse(parts[0], CultureInfo.InvariantCulture);
        maximum = parts.Length == 1 ? minimum : parts[1].Length == 0 ? int.MaxValue : int.Parse(parts[1], CultureInfo.InvariantCulture);
        if (maximum < minimum)
        {
            throw _cursor.Fault("an interval whose end is below its start");
        }

        _cursor.Position = close + 1;
        return true;
    }

    private PatternNode? ParseAtom(Flags flags)
    {
        switch (_cursor.Current)
        {
            case '(':
                _cursor.Position++;
                return ParseGroup(flags);
            case '[':
                _cursor.Position++;
                return ParseClass(flags);
            case '\\':
                return ParseEscape(flags);
            case '.':
                _cursor.Position++;
                return new PatternNode.One(flags.DotMatchesAll ? CodePointSet.Any : new CodePointSet(c => c != '\n'));
            case '^':
                _cursor.Position++;
                return new PatternNode.Anchor(PatternOperation.LineStart);
            case '$':
                _cursor.Position++;
                return new PatternNode.Anchor(PatternOperation.LineEnd);
            case '*' or '+' or '?':
                throw _cursor.Fault("a repetition with nothing to repeat");
            default:
                return Literal(_cursor.NextCodePoint(), flags);
        }
    }

    private PatternNode? ParseGroup(Flags flags)
    {
        if (!_cursor.Take('?'))
        {
            return Kept(CloseGroup(ParseAlternation(flags)));
        }

        if (_cursor.TakeText("<=") || _cursor.TakeText("<!"))
        {
            var negated = _cursor.Pattern[_cursor.Position - 1] == '!';
            return new PatternNode.Look(CloseGroup(ParseAlternation(flags)), Behind: true, negated);
        }

        if (_cursor.TakeText("<") || _cursor.TakeText("P<"))
        {
            var close = _cursor.Pattern.IndexOf('>', _cursor.Position);
            if (close < 0)
            {
                throw _cursor.Fault("a group name without \">\"");
            }

            _cursor.Position = close + 1;
            return Kept(CloseGroup(ParseAlternation(flags)));
        }

        if (_cursor.AtEnd)
        {
            throw _cursor.Fault("an unfinished group");
        }

        switch (_cursor.Current)
        {
            case ':':
                _cursor.Position++;
                return CloseGroup(ParseAlternation(flags));
            case '=' or '!':
                var negated = _cursor.Pattern[_cursor.Position++] == '!';
                return new PatternNode.Look(CloseGroup(ParseAlternation(flags)), Behind: false, negated);
            case '>':
                _cursor.Position++;
                return new PatternNode.Atomic(CloseGroup(ParseAlternation(flags)));
            case '#':
                var end = _cursor.Pattern.IndexOf(')', _cursor.Position);
                _cursor.Position = end < 0 ? throw _cursor.Fault("an unfinished comment") : end + 1;
                return null;
        }

        var on = true;
        var inner = flags;
        for (; !_cursor.AtEnd; _cursor.Position++)
        {
            switch (_cursor.Current)
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
                    _cursor.Position++;
                    return Kept(CloseGroup(ParseAlternation(inner)));
                case ')':
                    // An option group without a body takes in all that follows in the enclosing group: a(?i)b|c is a(?i:b|c).
                    _cursor.Position++;
                    return Kept(ParseAlternation(inner));
                default:
                    throw _cursor.Fault($"the group option \"{_cursor.Current}\", which TSpin does not support,");
            }
        }

        throw _cursor.Fault("an unfinished group");
    }

    private PatternNode CloseGroup(PatternNode body) => _cursor.Take(')') ? body : throw _cursor.Fault("a group without \")\"");

    private PatternNode ParseEscape(Flags flags)
    {
        var anchor = _cursor.Next switch
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
            _cursor.Position += 2;
            return new PatternNode.Anchor(anchor);
        }

        if (_cursor.Next is (>= '1' and <= '9') or 'k' or 'g')
        {
            throw _cursor.Fault("a back-reference, which TSpin does not support,");
        }

        if (_cursor.Next == 'R')
        {
            _cursor.Position += 2;
            var lineFeed = new PatternNode.One(CodePointSet.Of('\n'));
            var crLf = new PatternNode.Concatenation([new PatternNode.One(CodePointSet.Of('\r')), lineFeed]);
            var oneBreak = new PatternNode.One(new CodePointSet(c => c is (>= 0x0A and <= 0x0D) or 0x85 or 0x2028 or 0x2029));
            return new PatternNode.Atomic(new PatternNode.Alternation([crLf, oneBreak]));
        }

        // Case folding reaches single characters and bracketed classes, but not a class escape by itself.
        var set = _sets.ParseEscapedSet(inClass: false, out var single);
        return single >= 0 ? Literal(single, flags) : new PatternNode.One(set);
    }

    private PatternNode.One ParseClass(Flags flags)
    {
        var negated = !_cursor.AtEnd && _cursor.Current == '^';
        var set = _sets.ParseClass(flags.IgnoreCase);
        return !flags.IgnoreCase ? new(set)
            : !negated && LongFoldings.In(set.Contains) is { } character ? throw _cursor.Fault($"a class with \"{character}\", which equals several characters when case is ignored, which TSpin does not support,")
            : new(CharacterClasses.IgnoringCase(set));
    }

    private PatternNode.One Literal(int point, Flags flags)
    {
        if (!flags.IgnoreCase)
        {
            return new(CodePointSet.Of(point));
        }

        _caselessLiteral = point;
        return LongFoldings.In(c => c == point) is { } character
            ? throw _cursor.Fault($"\"{character}\", which equals several characters when case is ignored, which TSpin does not support,")
            : new(CharacterClasses.IgnoringCase(CodePointSet.Of(point)));
    }

    private readonly record struct Flags(bool IgnoreCase, bool DotMatchesAll, bool Extended);
}
