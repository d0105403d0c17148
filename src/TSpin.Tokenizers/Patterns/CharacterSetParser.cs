using System.Globalization;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>Reads the parts of a pattern that stand for one code point: escapes, properties, bracketed classes.</summary>
internal sealed class CharacterSetParser(PatternCursor cursor)
{
    /// <summary>An escape that stands for one code point or a class; <paramref name="single"/> is the code point, or -1.</summary>
    public CodePointSet ParseEscapedSet(bool inClass, out int single)
    {
        cursor.Position++;
        if (cursor.AtEnd)
        {
            throw cursor.Fault("a backslash at the end");
        }

        single = -1;
        var letter = cursor.Current;
        switch (letter)
        {
            case 's':
            case 'S':
                cursor.Position++;
                return letter == 's' ? CodePoints.WhiteSpace : CodePoints.WhiteSpace.Negated();
            case 'd':
            case 'D':
                cursor.Position++;
                return letter == 'd' ? CharacterClasses.Digit : CharacterClasses.Digit.Negated();
            case 'w':
            case 'W':
                cursor.Position++;
                var word = inClass ? CharacterClasses.Word : CodePoints.OnigurumaWord;
                return letter == 'w' ? word : word.Negated();
            case 'h':
            case 'H':
                cursor.Position++;
                return letter == 'h' ? CharacterClasses.HexDigit : CharacterClasses.HexDigit.Negated();
            case 'p':
            case 'P':
                cursor.Position++;
                return ParseProperty(letter == 'P');
        }

        single = ParseEscapedCodePoint();
        return CodePointSet.Of(single);
    }

    private int ParseEscapedCodePoint()
    {
        var letter = cursor.Current;
        switch (letter)
        {
            case 'n':
                cursor.Position++;
                return '\n';
            case 'r':
                cursor.Position++;
                return '\r';
            case 't':
                cursor.Position++;
                return '\t';
            case 'f':
                cursor.Position++;
                return '\f';
            case 'v':
                cursor.Position++;
                return '\v';
            case 'a':
                cursor.Position++;
                return '\a';
            case 'e':
                cursor.Position++;
                return 0x1B;
            case '0':
                cursor.Position++;
                return 0;
            case 'x':
                cursor.Position++;
                if (cursor.Take('{'))
                {
                    var close = cursor.Pattern.IndexOf('}', cursor.Position);
                    return close < 0 ? throw cursor.Fault("\\x{ without }") : ParseHex(close - cursor.Position, skip: 1);
                }

                return ParseHex(2, skip: 0);
            case 'u':
                cursor.Position++;
                return ParseHex(4, skip: 0);
            default:
                if (char.IsAsciiLetterOrDigit(letter))
                {
                    throw cursor.Fault($"the escape \"\\{letter}\", which TSpin does not support,");
                }

                return cursor.NextCodePoint();
        }
    }

    private int ParseHex(int digits, int skip)
    {
        if (cursor.Position + digits > cursor.Pattern.Length
            || !int.TryParse(cursor.Pattern.AsSpan(cursor.Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
        {
            throw cursor.Fault("a code point that is none");
        }

        cursor.Position += digits + skip;
        return value;
    }

    private CodePointSet ParseProperty(bool negated)
    {
        string name;
        if (cursor.Take('{'))
        {
            var close = cursor.Pattern.IndexOf('}', cursor.Position);
            if (close < 0)
            {
                throw cursor.Fault("\\p{ without }");
            }

            name = cursor.Pattern[cursor.Position..close];
            cursor.Position = close + 1;
        }
        else if (cursor.AtEnd)
        {
            throw cursor.Fault("an unfinished \\p");
        }
        else
        {
            name = cursor.Pattern[cursor.Position++].ToString();
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

        var set = CharacterClasses.Find(name) ?? throw cursor.Fault($"the character property \"{name}\", which TSpin does not know,");
        return negated ? set.Negated() : set;
    }

    /// <summary>A bracketed class, its opening bracket taken already.</summary>
    public CodePointSet ParseClass(bool ignoreCase)
    {
        cursor.Enter();
        var negated = cursor.Take('^');
        CodePointSet? left = null;
        CodePointSet? current = null;
        void Add(CodePointSet set) => current = current is null ? set : current.Or(set);
        var first = true;
        while (true)
        {
            if (cursor.AtEnd)
            {
                throw cursor.Fault("a class without \"]\"");
            }

            if (!first && cursor.Take(']'))
            {
                break;
            }

            first = false;
            if (cursor.TakeText("&&"))
            {
                current ??= new CodePointSet(_ => false);
                left = left is null ? current : left.And(current);
                current = null;
            }
            else if (cursor.TakeText("[:"))
            {
                Add(ParsePosixClass());
            }
            else if (cursor.Take('['))
            {
                Add(ParseClass(ignoreCase));
            }
            else
            {
                var set = ParseClassItem(out var from);
                Add(from >= 0 && StartsRange() ? ParseRangeFrom(from) : set);
            }
        }

        cursor.Leave();
        current ??= new CodePointSet(_ => false);
        var result = left is null ? current : left.And(current);
        if (ignoreCase)
        {
            result = CharacterClasses.IgnoringCase(result);
        }

        return negated ? result.Negated() : result;
    }

    private bool StartsRange() =>
        !cursor.AtEnd && cursor.Current == '-' && cursor.Next is not (']' or '\0');

    private CodePointSet ParseRangeFrom(int from)
    {
        cursor.Position++;
        var set = ParseClassItem(out var to);
        if (to < 0)
        {
            // [a-\d]: the hyphen is a literal.
            return CodePointSet.Of(from).Or(CodePointSet.Of('-')).Or(set);
        }

        return to < from ? throw cursor.Fault("a range whose end is below its start") : new CodePointSet(c => c >= from && c <= to);
    }

    private CodePointSet ParseClassItem(out int single)
    {
        if (cursor.AtEnd)
        {
            throw cursor.Fault("a class without \"]\"");
        }

        if (cursor.Current != '\\')
        {
            single = cursor.NextCodePoint();
            return CodePointSet.Of(single);
        }

        if (cursor.Next == 'b')
        {
            cursor.Position += 2;
            single = '\b';
            return CodePointSet.Of(single);
        }

        return ParseEscapedSet(inClass: true, out single);
    }

    private CodePointSet ParsePosixClass()
    {
        var negated = cursor.Take('^');
        var close = cursor.Pattern.IndexOf(":]", cursor.Position, StringComparison.Ordinal);
        if (close < 0)
        {
            throw cursor.Fault("[: without :]");
        }

        var name = cursor.Pattern[cursor.Position..close];
        var set = CharacterClasses.FindBracketed(name) ?? throw cursor.Fault($"the character class \"[:{name}:]\", which TSpin does not know,");
        cursor.Position = close + 2;
        return negated ? set.Negated() : set;
    }
}
