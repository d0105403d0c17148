namespace TSpin.ChatTemplates.Jinja;

/// <summary>A piece of a parsed template; immutable.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
internal abstract record Node(int Line, int Column);

/// <summary>Something with a value.</summary>
internal abstract record Expression(int Line, int Column) : Node(Line, Column);

internal sealed record Constant(object? Value, int Line, int Column) : Expression(Line, Column);

internal sealed record Name(string Identifier, int Line, int Column) : Expression(Line, Column);

internal sealed record ListLiteral(IReadOnlyList<Expression> Items, int Line, int Column) : Expression(Line, Column);

internal sealed record TupleLiteral(IReadOnlyList<Expression> Items, int Line, int Column) : Expression(Line, Column);

internal sealed record DictLiteral(IReadOnlyList<(Expression Key, Expression Value)> Items, int Line, int Column) : Expression(Line, Column);

internal sealed record Member(Expression Target, string Identifier, int Line, int Column) : Expression(Line, Column);

internal sealed record Subscript(Expression Target, Expression Index, int Line, int Column) : Expression(Line, Column);

internal sealed record Slice(Expression? Start, Expression? Stop, Expression? Step, int Line, int Column) : Expression(Line, Column);

/// <summary>Arguments as written: positional, named, and spread by * and **.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? NamedSpread)
{
    public static ArgumentList None { get; } = new([], [], null, null);
}

internal sealed record Call(Expression Target, ArgumentList Arguments, int Line, int Column) : Expression(Line, Column);

internal sealed record Filtered(Expression? Target, string Filter, ArgumentList Arguments, int Line, int Column) : Expression(Line, Column);

internal sealed record Tested(Expression Target, string Test, ArgumentList Arguments, bool IsNegated, int Line, int Column) : Expression(Line, Column);

internal sealed record Unary(string Operator, Expression Operand, int Line, int Column) : Expression(Line, Column);

internal sealed record Binary(string Operator, Expression Left, Expression Right, int Line, int Column) : Expression(Line, Column);

internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest, int Line, int Column) : Expression(Line, Column);

internal sealed record Concatenation(IReadOnlyList<Expression> Parts, int Line, int Column) : Expression(Line, Column);

internal sealed record Conditional(Expression Condition, Expression Then, Expression? Else, int Line, int Column) : Expression(Line, Column);

/// <summary>Something that is done.</summary>
internal abstract record Statement(int Line, int Column) : Node(Line, Column);

internal sealed record TextOutput(string Text, int Line, int Column) : Statement(Line, Column);

internal sealed record ValueOutput(Expression Value, int Line, int Column) : Statement(Line, Column);

internal sealed record If(Expression Condition, IReadOnlyList<Statement> Then, IReadOnlyList<Statement> Else, int Line, int Column) : Statement(Line, Column);

internal sealed record For(
    Expression Target, Expression Items, Expression? Condition, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else, bool IsRecursive, int Line, int Column) : Statement(Line, Column);

internal sealed record Set(Expression Target, Expression Value, int Line, int Column) : Statement(Line, Column);

internal sealed record SetBlock(Expression Target, Filtered? Filter, IReadOnlyList<Statement> Body, int Line, int Column) : Statement(Line, Column);

internal sealed record With(IReadOnlyList<(Expression Target, Expression Value)> Bindings, IReadOnlyList<Statement> Body, int Line, int Column) : Statement(Line, Column);

/// <summary>Parameters and body of a macro, or of the body of a call block.</summary>
internal sealed record MacroBody(string Identifier, IReadOnlyList<string> Parameters, IReadOnlyList<Expression> Defaults, IReadOnlyList<Statement> Body, bool UsesVarargs, bool UsesKwargs, bool UsesCaller);

internal sealed record Macro(MacroBody Definition, int Line, int Column) : Statement(Line, Column);

internal sealed record CallBlock(Call Target, MacroBody Caller, int Line, int Column) : Statement(Line, Column);

internal sealed record FilterBlock(Filtered Filter, IReadOnlyList<Statement> Body, int Line, int Column) : Statement(Line, Column);

internal sealed record Generation(IReadOnlyList<Statement> Body, int Line, int Column) : Statement(Line, Column);

internal sealed record Scoped(IReadOnlyList<Statement> Body, int Line, int Column) : Statement(Line, Column);

internal sealed record Break(int Line, int Column) : Statement(Line, Column);

internal sealed record Continue(int Line, int Column) : Statement(Line, Column);
