namespace TSpin.ChatTemplates.Jinja;

/// <summary>What kind of error a template ended with, by the names that Jinja2 and Python give them.</summary>
public enum JinjaErrorKind
{
    /// <summary>The template cannot be parsed (<c>TemplateSyntaxError</c>), or uses something that chat templates must not (include, extends).</summary>
    Syntax,

    /// <summary>The template itself refused its input, by <c>raise_exception</c> (<c>TemplateError</c>).</summary>
    Template,

    /// <summary>A value that is not there was used (<c>UndefinedError</c>).</summary>
    Undefined,

    /// <summary>An operation on a value that has none such (<c>TypeError</c>).</summary>
    Type,

    /// <summary>A value outside what an operation takes (<c>ValueError</c>, <c>ZeroDivisionError</c>, <c>OverflowError</c>).</summary>
    Value,

    /// <summary>The sandbox forbids it: private attributes, changing lists or dictionaries (<c>SecurityError</c>).</summary>
    Security,

    /// <summary>More steps, output or nesting than <see cref="JinjaLimits"/> allows.</summary>
    Limit,
}
