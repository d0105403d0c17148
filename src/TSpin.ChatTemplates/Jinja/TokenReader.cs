namespace TSpin.ChatTemplates.Jinja;

/// <summary>A template's tokens and the place that parsing has come to.</summary>
/// <param name="tokens">All of them; the last is <see cref="TokenKind.End"/>.</param>
/// <param name="template">Name of the template, for messages.</param>
internal sealed class TokenReader(List<Token> tokens, string template)
{
    private const int MaxNesting = 200;

    private int _at;
    private int _nesting;

    public Token Current => tokens[_at];

    public Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next()
    {
        var token = tokens[_at];
        _at = Math.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    public bool Skip(string text)
    {
        if (!Current.IsOperator(text))
        {
            return false;
        }

        Next();
        return true;
    }

    public bool SkipName(string text)
    {
        if (!Current.IsName(text))
        {
            return false;
        }

        Next();
        return true;
    }

    public void Expect(string text)
    {
        if (!Skip(text))
        {
            throw Fault($"expected '{text}', found {Current}");
        }
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Fault($"expected {what}, found {Current}");

    public JinjaException Fault(string detail, Token? at = null) => new(JinjaErrorKind.Syntax, detail, template, (at ?? Current).Line, (at ?? Current).Column);

    /// <summary>Runs a parser one level deeper; templates nest without limit, the stack does not.</summary>
    public T Deeper<T>(Func<T> parse)
    {
        if (++_nesting > MaxNesting)
        {
            throw Fault($"nested more than {MaxNesting} levels deep");
        }

        var result = parse();
        _nesting--;
        return result;
    }
}
