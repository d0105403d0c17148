namespace TSpin.ChatTemplates.Jinja;

/// <summary>How a template is read: programs set up Jinja2 in different ways.</summary>
public enum JinjaEnvironment
{
    /// <summary>
    /// As transformers reads chat templates: <c>trim_blocks</c>, <c>lstrip_blocks</c>, no line break at the end; what
    /// is not there prints nothing.
    /// </summary>
    ChatTemplates,

    /// <summary>
    /// As lm-evaluation-harness reads the templates of tasks: all white space stays (<c>keep_trailing_newline</c>), and
    /// a value that is not there may only be asked whether it is
    /// (<c>StrictUndefined</c>).
    /// </summary>
    Tasks,
}
