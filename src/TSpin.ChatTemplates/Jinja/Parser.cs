namespace TSpin.ChatTemplates.Jinja;

/// <summary>Parses a template into statements.</summary>
internal sealed class Parser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;

    private Parser(List<Token> tokens, string name)
    {
        _tokens = new TokenReader(tokens, name);
        _expressions = new ExpressionParser(_tokens);
    }

    public static IReadOnlyList<Statement> Parse(string source, string name, bool keepsWhiteSpace = false)
    {
        var parser = new Parser(Lexer.Run(source, name, keepsWhiteSpace), name);
        var body = parser.Body();
        return parser._tokens.Current.Kind == TokenKind.End ? body : throw parser._tokens.Fault($"unexpected {parser._tokens.Current}");
    }

    // Statements up to a block tag with one of the names, whose name is then the current token; without names, up to the end.
    private List<Statement> Body(params string[] ends) => _tokens.Deeper(() =>
    {
        var body = new List<Statement>();
        while (true)
        {
            var token = _tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextOutput(token.Text, token.Line, token.Column));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new ValueOutput(_expressions.TupleOrOne(), token.Line, token.Column));
                    _tokens.Expect(TokenKind.VariableEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin:
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                    {
                        return body;
                    }

                    body.Add(Block());
                    break;
                default:
                    return ends.Length == 0 ? body : throw _tokens.Fault($"the template ends where '{string.Join("' or '", ends)}' should stand", token);
            }
        }
    });

    private Statement Block()
    {
        var tag = _tokens.Expect(TokenKind.Name, "the name of a tag");
        Statement statement = tag.Text switch
        {
            "if" => IfTag(tag),
            "for" => ForTag(tag),
            "set" => SetTag(tag),
            "macro" => MacroTag(tag),
            "call" => CallTag(tag),
            "filter" => FilterTag(tag),
            "with" => WithTag(tag),
            "generation" => new Generation(Inner("endgeneration"), tag.Line, tag.Column),
            "block" => BlockTag(tag),
            "print" => new ValueOutput(_expressions.TupleOrOne(), tag.Line, tag.Column),
            "autoescape" => AutoescapeTag(tag),
            "break" => new Break(tag.Line, tag.Column),
            "continue" => new Continue(tag.Line, tag.Column),
            "include" or "import" or "from" or "extends" => throw _tokens.Fault($"'{tag.Text}' reads another template, and a chat template stands alone", tag),
            _ => throw _tokens.Fault($"unknown tag '{tag.Text}'", tag),
        };
        if (tag.Text is "set" or "break" or "continue" or "print" && statement is not SetBlock)
        {
            EndTag();
        }

        return statement;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    // The rest of a tag, its body, and its end tag.
    private List<Statement> Inner(string end)
    {
        EndTag();
        var body = Body(end);
        _tokens.Next();
        EndTag();
        return body;
    }

    private If IfTag(Token tag)
    {
        var condition = _expressions.TupleOrOne(withCondition: false);
        EndTag();
        var then = Body("elif", "else", "endif");
        var next = _tokens.Next();
        if (next.Text == "elif")
        {
            return new If(condition, then, [_tokens.Deeper(() => IfTag(next))], tag.Line, tag.Column);
        }

        EndTag();
        List<Statement> otherwise = [];
        if (next.Text == "else")
        {
            otherwise = Body("endif");
            _tokens.Next();
            EndTag();
        }

        return new If(condition, then, otherwise, tag.Line, tag.Column);
    }

    private For ForTag(Token tag)
    {
        var target = _expressions.TupleOrOne(isTarget: true, end: "in");
        if (!_tokens.SkipName("in"))
        {
            throw _tokens.Fault($"expected 'in', found {_tokens.Current}");
        }

        var items = _expressions.TupleOrOne(withCondition: false, end: "recursive");
        var condition = _tokens.SkipName("if") ? _expressions.One() : null;
        var isRecursive = _tokens.SkipName("recursive");
        EndTag();
        var body = Body("else", "endfor");
        var next = _tokens.Next();
        EndTag();
        List<Statement> otherwise = [];
        if (next.Text == "else")
        {
            otherwise = Body("endfor");
            _tokens.Next();
            EndTag();
        }

        return new For(target, items, condition, body, otherwise, isRecursive, tag.Line, tag.Column);
    }

    private Statement SetTag(Token tag)
    {
        var target = _expressions.TupleOrOne(isTarget: true);
        if (_tokens.Skip("="))
        {
            return new Set(target, _expressions.TupleOrOne(), tag.Line, tag.Column);
        }

        var filter = _tokens.Current.IsOperator("|") ? _expressions.FilterChain(startsInline: false) : null;
        return new SetBlock(target, filter, Inner("endset"), tag.Line, tag.Column);
    }

    private Macro MacroTag(Token tag)
    {
        var name = _tokens.Expect(TokenKind.Name, "the macro's name");
        return new Macro(MacroBody(name.Text, "endmacro"), tag.Line, tag.Column);
    }

    private CallBlock CallTag(Token tag)
    {
        var (parameters, defaults) = _tokens.Current.IsOperator("(") ? Parameters() : ([], []);
        var target = _expressions.One() as Call ?? throw _tokens.Fault("expected a call", tag);
        return new CallBlock(target, Described("caller", parameters, defaults, "endcall"), tag.Line, tag.Column);
    }

    private MacroBody MacroBody(string name, string end)
    {
        var (parameters, defaults) = Parameters();
        return Described(name, parameters, defaults, end);
    }

    private MacroBody Described(string name, List<string> parameters, List<Expression> defaults, string end)
    {
        var before = _expressions.NamesSeen.Count;
        var body = Inner(end);
        var used = _expressions.NamesSeen.Skip(before).ToHashSet(StringComparer.Ordinal);
        return new MacroBody(name, parameters, defaults, body, used.Contains("varargs"), used.Contains("kwargs"), used.Contains("caller"));
    }

    private (List<string> Parameters, List<Expression> Defaults) Parameters()
    {
        var (parameters, defaults) = (new List<string>(), new List<Expression>());
        _tokens.Expect("(");
        while (!_tokens.Current.IsOperator(")"))
        {
            var name = _tokens.Expect(TokenKind.Name, "a parameter's name");
            parameters.Add(name.Text);
            if (_tokens.Skip("="))
            {
                defaults.Add(_expressions.One());
            }
            else if (defaults.Count > 0)
            {
                throw _tokens.Fault("a parameter without a default follows one with a default", name);
            }

            if (!_tokens.Skip(","))
            {
                break;
            }
        }

        _tokens.Expect(")");
        return (parameters, defaults);
    }

    private FilterBlock FilterTag(Token tag)
    {
        var filter = _expressions.FilterChain(startsInline: true);
        return new FilterBlock(filter, Inner("endfilter"), tag.Line, tag.Column);
    }

    private With WithTag(Token tag)
    {
        var bindings = new List<(Expression, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            var target = _expressions.Target();
            _tokens.Expect("=");
            bindings.Add((target, _expressions.One()));
            if (!_tokens.Skip(","))
            {
                break;
            }
        }

        return new With(bindings, Inner("endwith"), tag.Line, tag.Column);
    }

    // Without inheritance a block is its content in a scope of its own.
    private Scoped BlockTag(Token tag)
    {
        _tokens.Expect(TokenKind.Name, "the block's name");
        while (_tokens.SkipName("scoped") || _tokens.SkipName("required"))
        {
        }

        EndTag();
        var body = Body("endblock");
        _tokens.Next();
        if (_tokens.Current.Kind == TokenKind.Name)
        {
            _tokens.Next();
        }

        EndTag();
        return new Scoped(body, tag.Line, tag.Column);
    }

    private Scoped AutoescapeTag(Token tag)
    {
        if (_expressions.One() is not Constant { Value: false })
        {
            throw _tokens.Fault("autoescape is off in chat templates, and cannot be turned on", tag);
        }

        return new Scoped(Inner("endautoescape"), tag.Line, tag.Column);
    }
}
