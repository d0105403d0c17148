namespace TSpin.ChatTemplates.Jinja;

/// <summary>A template that cannot be parsed or rendered: says where, line and column from 1.</summary>
public sealed class JinjaException : TSpinException
{
    /// <summary>Creates the fault without a place, which the interpreter adds.</summary>
    /// <param name="kind">What kind of error.</param>
    /// <param name="detail">What is wrong.</param>
    public JinjaException(JinjaErrorKind kind, string detail)
        : this(kind, detail, "", 0, 0)
    {
    }

    /// <summary>Creates the fault.</summary>
    /// <param name="kind">What kind of error.</param>
    /// <param name="detail">What is wrong; for <see cref="JinjaErrorKind.Template"/> the template's own message.</param>
    /// <param name="template">Name of the template.</param>
    /// <param name="line">Line, from 1.</param>
    /// <param name="column">Column in UTF-16 units, from 1.</param>
    public JinjaException(JinjaErrorKind kind, string detail, string template, int line, int column)
        : base(line > 0 ? $"{template}:{line}:{column}: {detail}{(kind == JinjaErrorKind.Syntax ? "; correct the template there, or fetch it again" : "; use another template, or give it what it asks for")}" : detail) =>
        (Kind, Detail, Line, Column) = (kind, detail, line, column);

    /// <summary>What kind of error.</summary>
    public JinjaErrorKind Kind { get; }

    /// <summary>The message without the place.</summary>
    public string Detail { get; }

    /// <summary>Line, from 1; 0 where unknown.</summary>
    public int Line { get; }

    /// <summary>Column, from 1; 0 where unknown.</summary>
    public int Column { get; }
}
