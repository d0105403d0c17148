using System.Globalization;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Numbers and strings.</summary>
internal sealed partial class Lexer
{
    private void Number()
    {
        var start = _at;
        // After a dot comes an index (matrix.0.1), never a fraction.
        var afterDot = _tokens[^1].IsOperator(".");
        if (_source[_at] == '0' && _at + 1 < _source.Length && char.ToLowerInvariant(_source[_at + 1]) is 'x' or 'o' or 'b')
        {
            _at += 2;
            while (_at < _source.Length && (char.IsAsciiHexDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }

            Add(TokenKind.Integer, _source[start.._at].Replace("_", "", StringComparison.Ordinal), start);
            return;
        }

        Digits();
        var isFloat = false;
        if (!afterDot && _at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
        {
            isFloat = true;
            _at++;
            Digits();
        }

        if (!afterDot && _at < _source.Length && _source[_at] is 'e' or 'E')
        {
            var sign = _at + 1 < _source.Length && _source[_at + 1] is '+' or '-' ? 1 : 0;
            if (_at + 1 + sign < _source.Length && char.IsAsciiDigit(_source[_at + 1 + sign]))
            {
                isFloat = true;
                _at += 1 + sign;
                Digits();
            }
        }

        Add(isFloat ? TokenKind.Float : TokenKind.Integer, _source[start.._at].Replace("_", "", StringComparison.Ordinal), start);

        void Digits()
        {
            while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || (_source[_at] == '_' && _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1]))))
            {
                _at++;
            }
        }
    }

    // Escapes as in Python's string literals; an unknown one stays as it is, backslash and all.
    private void StringLiteral()
    {
        var start = _at;
        var quote = _source[_at++];
        var text = new StringBuilder();
        while (true)
        {
            if (_at >= _source.Length)
            {
                throw Fault(start, "the string that begins here has no end");
            }

            var c = _source[_at++];
            if (c == quote)
            {
                break;
            }

            if (c != '\\' || _at >= _source.Length)
            {
                text.Append(c);
                continue;
            }

            var escape = _source[_at++];
            switch (escape)
            {
                case '\n': break;
                case '\\' or '\'' or '"': text.Append(escape); break;
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'a': text.Append('\a'); break;
                case 'v': text.Append('\v'); break;
                case 'x': Hexadecimal(2); break;
                case 'u': Hexadecimal(4); break;
                case 'U': Hexadecimal(8); break;
                case >= '0' and <= '7': Octal(); break;
                default: text.Append('\\').Append(escape); break;
            }
        }

        Add(TokenKind.String, text.ToString(), start);

        void Hexadecimal(int digits)
        {
            if (_at + digits > _source.Length || !int.TryParse(_source.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code is < 0 or > 0x10FFFF)
            {
                throw Fault(_at - 2, "the escape needs " + digits + " hexadecimal digits of a character");
            }

            text.Append(code is >= 0xD800 and <= 0xDFFF ? ((char)code).ToString() : char.ConvertFromUtf32(code));
            _at += digits;
        }

        void Octal()
        {
            var code = _source[_at - 1] - '0';
            for (var i = 0; i < 2 && _at < _source.Length && _source[_at] is >= '0' and <= '7'; i++)
            {
                code = (code * 8) + (_source[_at++] - '0');
            }

            text.Append((char)code);
        }
    }
}
