using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TSpin.Adapters;

/// <summary>
/// A regular expression in the words of Python's <c>re</c>, as PEFT keeps them in adapter_config.json, for .NET's engine: the two differ in how groups are named and counted, in sets,
/// in <c>{,n}</c>, in possessive quantifiers and in escapes. What Python refuses or .NET cannot do is refused by name; patterns come with downloaded files, so their time is limited too.
/// </summary>
internal sealed class PythonPattern
{
    private const int Longest = 10_000;
    private const string LetterEscapes = "abBdDfnrsStvwWAZ";
    private const string LetterEscapesInSets = "abdDfnrsStvwW";

    private readonly string _source;
    private readonly StringBuilder _out = new();
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Stack<(int Start, int Group)> _open = new();
    private readonly HashSet<int> _closed = [];
    private string _flags = "";
    private int _at;
    private int _groups;

    private PythonPattern(string source) => _source = source;

    private char Next => _at < _source.Length ? _source[_at] : '\0';

    /// <summary>The pattern in .NET's words, its groups numbered as Python numbers them.</summary>
    /// <param name="pattern">Python's.</param>
    /// <returns>For <see cref="Regex"/> without options.</returns>
    /// <exception cref="TSpinException">Python would refuse it, or it uses what is not done here.</exception>
    public static string ToDotNet(string pattern)
    {
        if (pattern.Length > Longest)
        {
            throw new TSpinException($"a pattern for module names of {pattern.Length} characters; the longest that is read has {Longest}.");
        }

        var translation = new PythonPattern(pattern);
        translation.Translate();
        var flags = translation._flags;
        return flags.Length > 0 ? $"(?{flags}:{translation._out})" : translation._out.ToString();
    }

    private void Translate()
    {
        GlobalFlags();
        var atom = -1;   // where in the output the atom before a quantifier begins
        while (_at < _source.Length)
        {
            switch (_source[_at])
            {
                case '\\':
                    atom = _out.Length;
                    Escape();
                    break;
                case '[':
                    atom = _out.Length;
                    Set();
                    break;
                case '(':
                    atom = Open();
                    break;
                case ')':
                    atom = Close();
                    break;
                case '*' or '+' or '?':
                    atom = Quantifier(atom, 1);
                    break;
                case '{' when CountedLength() is > 0 and var length:
                    atom = Quantifier(atom, length);
                    break;
                case '{' or '}':
                    atom = _out.Length;
                    _out.Append('\\').Append(_source[_at++]);
                    break;
                case '|':
                    atom = -1;
                    _out.Append(_source[_at++]);
                    break;
                default:
                    atom = _out.Length;
                    _out.Append(_source[_at++]);
                    break;
            }
        }

        if (_open.Count > 0)
        {
            throw Fault("a group is not closed");
        }
    }

    // (?aims) before anything else; Python 3.11 takes them nowhere else.
    private void GlobalFlags()
    {
        if (!_source.StartsWith("(?", StringComparison.Ordinal))
        {
            return;
        }

        var end = 2;
        while (end < _source.Length && char.IsAsciiLetter(_source[end]))
        {
            end++;
        }

        if (end > 2 && end < _source.Length && _source[end] == ')')
        {
            _flags = Flags(_source[2..end]);
            _at = end + 1;
        }
    }

    // Names of modules are ASCII, so a and u make no difference.
    private string Flags(string letters) => letters.All("aimsu".Contains) ? string.Concat(letters.Where("ims".Contains).Distinct())
        : throw Fault($"the flags {letters} are not read; known are a, i, m, s and u");

    private int Open()
    {
        var start = _out.Length;
        _at++;
        if (Next != '?')
        {
            Begin(start, ++_groups);
            return -1;
        }

        _at++;
        var rest = _source.AsSpan(_at);
        if (rest.StartsWith("#"))
        {
            var end = _source.IndexOf(')', _at);
            _at = end >= 0 ? end + 1 : throw Fault("a comment is not closed");
            return -1;
        }

        if (rest.StartsWith("P<"))
        {
            _at += 2;
            var name = Until('>');
            if (!_names.TryAdd(name, ++_groups))
            {
                throw Fault($"two groups are named {name}");
            }

            Begin(start, _groups);
            return -1;
        }

        if (rest.StartsWith("P="))
        {
            _at += 2;
            Reference(_names.TryGetValue(Until(')'), out var number) ? number : throw Fault("a reference to a group that is not there"));
            return start;
        }

        if (rest.StartsWith("("))
        {
            _at++;
            var group = Until(')');
            var number = int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var stated) ? stated : _names.GetValueOrDefault(group);
            Begin(start, 0, number >= 1 && number <= _groups ? string.Create(CultureInfo.InvariantCulture, $"(?({number})") : throw Fault($"a condition on a group that is not there: {group}"));
            return -1;
        }

        foreach (var kind in (string[])[":", "=", "!", ">", "<=", "<!"])
        {
            if (rest.StartsWith(kind))
            {
                _at += kind.Length;
                Begin(start, 0, "(?" + kind);
                return -1;
            }
        }

        var flags = Until(':');
        var minus = flags.IndexOf('-', StringComparison.Ordinal);
        var (on, off) = minus < 0 ? (Flags(flags), "") : (Flags(flags[..minus]), Flags(flags[(minus + 1)..]));
        Begin(start, 0, $"(?{on}{(off.Length > 0 ? "-" + off : "")}:");
        return -1;
    }

    // Every capturing group gets its number in writing: .NET counts the named ones after the others.
    private void Begin(int start, int group, string? opening = null)
    {
        _open.Push((start, group));
        _out.Append(opening ?? string.Create(CultureInfo.InvariantCulture, $"(?<{group}>"));
    }

    private int Close()
    {
        if (!_open.TryPop(out var opened))
        {
            throw Fault("a group is closed that was not opened");
        }

        _closed.Add(opened.Group);
        _out.Append(')');
        _at++;
        return opened.Start;
    }

    private int Quantifier(int atom, int length)
    {
        if (atom < 0)
        {
            throw Fault("a quantifier with nothing before it");
        }

        var text = _source.Substring(_at, length);
        _at += length;
        _out.Append(text.StartsWith("{,", StringComparison.Ordinal) ? "{0" + text[1..] : text);
        if (Next == '?')
        {
            _out.Append(_source[_at++]);
        }
        else if (Next == '+')
        {
            // Possessive: what it took it never gives back.
            _at++;
            _out.Insert(atom, "(?>").Append(')');
        }

        return -1;
    }

    // {m}, {m,}, {,n} and {m,n} are quantifiers; any other brace is itself. {,} is Python's *.
    private int CountedLength()
    {
        var end = _source.IndexOf('}', _at);
        if (end < 0 || end == _at + 1)
        {
            return 0;
        }

        var bounds = _source[(_at + 1)..end].Split(',');
        return bounds.Length <= 2 && bounds.All(bound => bound.All(char.IsAsciiDigit)) ? end + 1 - _at : 0;
    }

    private void Escape()
    {
        _at++;
        if (_at == _source.Length)
        {
            throw Fault("it ends in a backslash");
        }

        var letter = Next;
        if (letter is >= '1' and <= '9')
        {
            if (Octal(3) is { Length: 3 } octal)
            {
                Character(octal);
                return;
            }

            var digits = _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1]) ? 2 : 1;
            var number = int.Parse(_source.AsSpan(_at, digits), NumberStyles.None, CultureInfo.InvariantCulture);
            _at += digits;
            Reference(number);
        }
        else if (letter == 'Z')
        {
            _at++;
            _out.Append(@"\z");
        }
        else
        {
            EscapedCharacter(LetterEscapes);
        }
    }

    private void EscapedCharacter(string letters)
    {
        var letter = Next;
        if (letter is 'x' or 'u')
        {
            var digits = letter == 'x' ? 2 : 4;
            if (_at + 1 + digits > _source.Length || _source.Substring(_at + 1, digits).Any(digit => !char.IsAsciiHexDigit(digit)))
            {
                throw Fault($@"\{letter} without {digits} hexadecimal digits");
            }

            _out.Append('\\').Append(_source, _at, 1 + digits);
            _at += 1 + digits;
        }
        else if (letter == '0' || (letter is >= '1' and <= '7' && letters == LetterEscapesInSets))
        {
            Character(Octal(3));
        }
        else if (char.IsAsciiLetterOrDigit(letter) && !letters.Contains(letter, StringComparison.Ordinal))
        {
            throw Fault($@"the escape \{letter} is not read");
        }
        else
        {
            _out.Append(char.IsAsciiLetterOrDigit(letter) ? "\\" + letter : Regex.Escape(letter.ToString()) is { Length: > 1 } escaped ? escaped : letter is ']' or '}' or '-' ? "\\" + letter : letter.ToString());
            _at++;
        }
    }

    private string Octal(int digits)
    {
        var end = _at;
        while (end < _source.Length && end - _at < digits && _source[end] is >= '0' and <= '7')
        {
            end++;
        }

        return _source[_at..end];
    }

    private void Character(string octal)
    {
        _at += octal.Length;
        var code = Convert.ToInt32(octal, 8);
        _out.Append(code < 256 ? string.Create(CultureInfo.InvariantCulture, $@"\x{code:x2}") : throw Fault($@"the escape \{octal} is above \377"));
    }

    private void Reference(int number) =>
        _out.Append(_closed.Contains(number) ? string.Create(CultureInfo.InvariantCulture, $@"\k<{number}>") : throw Fault($"a reference to group {number}, which is not there or not closed"));

    private void Set()
    {
        _out.Append(_source[_at++]);
        if (Next == '^')
        {
            _out.Append(_source[_at++]);
        }

        for (var first = true; first || Next != ']'; first = false)
        {
            if (_at == _source.Length)
            {
                throw Fault("a set is not closed");
            }

            if (Next == '\\')
            {
                _at++;
                if (_at == _source.Length)
                {
                    throw Fault("a set is not closed");
                }

                EscapedCharacter(LetterEscapesInSets);
            }
            else
            {
                // A bracket is a character like any other; .NET would begin a subtraction.
                _out.Append(Next is '[' or ']' ? "\\" : "").Append(_source[_at++]);
            }
        }

        _out.Append(']');
        _at++;
    }

    private string Until(char end)
    {
        var found = _source.IndexOf(end, _at);
        if (found < 0)
        {
            throw Fault("a group is not closed, or its kind is not known");
        }

        var text = _source[_at..found];
        _at = found + 1;
        return text;
    }

    private TSpinException Fault(string what) => new($"the pattern {Files.Excerpt.Of(_source)} for module names cannot be used: {what} (Python's syntax, near character {_at}).");
}
