namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// Cuts a template into tokens as Jinja2 does with <c>trim_blocks</c> and <c>lstrip_blocks</c> on: the first line break after a block or comment is dropped,
/// and so are blanks between the start of a line and a block or comment; a minus or plus beside a delimiter overrides
/// both. Or, where white space is kept, with both off and
/// <c>keep_trailing_newline</c> on.
/// </summary>
internal sealed partial class Lexer
{
    private static readonly string[] Operators = ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ",", ":", "|", "(", ")", "[", "]", "{", "}", ";"];

    private readonly string _source;
    private readonly string _name;
    private readonly bool _keepsWhiteSpace;
    private readonly List<Token> _tokens = [];
    private readonly Stack<(char Bracket, int At)> _brackets = new();
    private int _at;

    // Where the last position was looked up, so that counting lines stays linear.
    private int _lineAt;
    private int _line = 1;
    private int _lineStart;

    private Lexer(string source, string name, bool keepsWhiteSpace)
    {
        var unified = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = unified.EndsWith('\n') && !keepsWhiteSpace ? unified[..^1] : unified;
        (_name, _keepsWhiteSpace) = (name, keepsWhiteSpace);
    }

    public static List<Token> Run(string source, string name, bool keepsWhiteSpace = false)
    {
        var lexer = new Lexer(source, name, keepsWhiteSpace);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        var stripNext = Strip.None;
        while (_at < _source.Length)
        {
            var open = FindOpening(_at);
            if (open < 0)
            {
                AddText(_at, _source.Length, stripNext, stripRight: false);
                _at = _source.Length;
                break;
            }

            var kind = _source[open + 1];
            var sign = open + 2 < _source.Length && _source[open + 2] is '-' or '+' ? _source[open + 2] : '\0';
            AddText(_at, sign == '\0' && kind != '{' ? LineStartBefore(open, _at) : open, stripNext, stripRight: sign == '-');
            _at = open + 2 + (sign == '\0' ? 0 : 1);
            stripNext = kind switch
            {
                '#' => Comment(open),
                '%' when RawFollows() => Raw(open),
                '%' => Tag(open, TokenKind.BlockBegin, TokenKind.BlockEnd, "%}"),
                _ => Tag(open, TokenKind.VariableBegin, TokenKind.VariableEnd, "}}"),
            };
        }

        Add(TokenKind.End, "", _source.Length);
    }

    private int FindOpening(int from)
    {
        while (true)
        {
            var at = _source.IndexOf('{', from);
            if (at < 0 || at + 1 >= _source.Length)
            {
                return -1;
            }

            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }

            from = at + 1;
        }
    }

    // lstrip_blocks: where only blanks stand between the start of a line and a block, the text ends before them.
    private int LineStartBefore(int open, int from)
    {
        if (_keepsWhiteSpace)
        {
            return open;
        }

        var at = open;
        while (at > from && _source[at - 1] != '\n' && IsSpace(_source[at - 1]))
        {
            at--;
        }

        return at == 0 || _source[at - 1] == '\n' ? at : open;
    }

    private void AddText(int from, int to, Strip strip, bool stripRight)
    {
        if (strip == Strip.LineBreak && !_keepsWhiteSpace && from < to && _source[from] == '\n')
        {
            from++;
        }

        while (strip == Strip.All && from < to && IsSpace(_source[from]))
        {
            from++;
        }

        while (stripRight && to > from && IsSpace(_source[to - 1]))
        {
            to--;
        }

        if (from < to)
        {
            Add(TokenKind.Text, _source[from..to], from);
        }
    }

    private Strip Comment(int open)
    {
        var close = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (close < 0)
        {
            throw Fault(open, "the comment that begins here has no end '#}'");
        }

        var sign = close > _at ? _source[close - 1] : '\0';
        _at = close + 2;
        return StripOf(sign);
    }

    private bool RawFollows() => RawTag(_at, "raw") is not null;

    // The end of "raw %}" or "endraw %}" at a place, with the sign before the delimiter; null where something else stands.
    private (int End, char Sign)? RawTag(int at, string word)
    {
        at = SkipSpace(at);
        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
        {
            return null;
        }

        at = SkipSpace(at + word.Length);
        var sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';
        at += sign == '\0' ? 0 : 1;
        return string.CompareOrdinal(_source, at, "%}", 0, 2) == 0 ? (at + 2, sign) : null;
    }

    private Strip Raw(int open)
    {
        var (start, startSign) = RawTag(_at, "raw")!.Value;
        for (var at = _source.IndexOf("{%", start, StringComparison.Ordinal); at >= 0; at = _source.IndexOf("{%", at + 2, StringComparison.Ordinal))
        {
            var sign = at + 2 < _source.Length && _source[at + 2] is '-' or '+' ? _source[at + 2] : '\0';
            if (RawTag(at + 2 + (sign == '\0' ? 0 : 1), "endraw") is not { } tag)
            {
                continue;
            }

            AddText(start, sign == '\0' ? LineStartBefore(at, start) : at, StripOf(startSign), stripRight: sign == '-');
            _at = tag.End;
            return StripOf(tag.Sign);
        }

        throw Fault(open, "the raw block that begins here has no end");
    }

    private static Strip StripOf(char sign) => sign switch { '-' => Strip.All, '+' => Strip.None, _ => Strip.LineBreak };

    private Strip Tag(int open, TokenKind begin, TokenKind end, string close)
    {
        Add(begin, _source[open..(open + 2)], open);
        _brackets.Clear();
        while (true)
        {
            _at = SkipSpace(_at);
            if (_at >= _source.Length)
            {
                throw Fault(open, $"the tag that begins here has no end '{close}'");
            }

            if (_brackets.Count == 0)
            {
                var signed = _source[_at] == '-' || (_source[_at] == '+' && end == TokenKind.BlockEnd);
                if (string.CompareOrdinal(_source, _at + (signed ? 1 : 0), close, 0, 2) == 0)
                {
                    var sign = signed ? _source[_at] : '\0';
                    Add(end, close, _at);
                    _at += signed ? 3 : 2;
                    // trim_blocks is about blocks: after a variable the line break stays.
                    return sign == '-' ? Strip.All : end == TokenKind.BlockEnd && sign != '+' ? Strip.LineBreak : Strip.None;
                }
            }

            Piece();
        }
    }

    private void Piece()
    {
        var start = _at;
        var c = _source[_at];
        if (c is '"' or '\'')
        {
            StringLiteral();
        }
        else if (char.IsAsciiDigit(c))
        {
            Number();
        }
        else if (char.IsLetter(c) || c == '_')
        {
            while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }

            Add(TokenKind.Name, _source[start.._at], start);
        }
        else
        {
            var found = Array.Find(Operators, text => string.CompareOrdinal(_source, start, text, 0, text.Length) == 0)
                ?? throw Fault(start, $"unexpected character '{(char.IsSurrogate(c) ? char.ConvertFromUtf32(char.IsSurrogatePair(_source, start) ? char.ConvertToUtf32(_source, start) : 0xFFFD) : c.ToString())}'");
            _at += found.Length;
            Balance(found, start);
            Add(TokenKind.Operator, found, start);
        }
    }

    private void Balance(string text, int start)
    {
        switch (text)
        {
            case "(" or "[" or "{":
                _brackets.Push((text[0] switch { '(' => ')', '[' => ']', _ => '}' }, start));
                break;
            case ")" or "]" or "}":
                if (_brackets.Count == 0 || _brackets.Pop().Bracket != text[0])
                {
                    throw Fault(start, $"unexpected '{text}'");
                }

                break;
        }
    }

    private int SkipSpace(int at)
    {
        while (at < _source.Length && IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    private void Add(TokenKind kind, string text, int at)
    {
        var (line, column) = Place(at);
        _tokens.Add(new Token(kind, text, line, column));
    }

    private (int Line, int Column) Place(int at)
    {
        if (at < _lineAt)
        {
            (_lineAt, _line, _lineStart) = (0, 1, 0);
        }

        for (; _lineAt < at; _lineAt++)
        {
            if (_source[_lineAt] == '\n')
            {
                _line++;
                _lineStart = _lineAt + 1;
            }
        }

        return (_line, at - _lineStart + 1);
    }

    private JinjaException Fault(int at, string detail)
    {
        var (line, column) = Place(Math.Min(at, _source.Length));
        return new JinjaException(JinjaErrorKind.Syntax, detail, _name, line, column);
    }

    /// <summary>What is dropped from the beginning of the text after a tag.</summary>
    private enum Strip
    {
        None,
        LineBreak,
        All,
    }
}
