namespace TSpin.ChatTemplates.Jinja;

/// <summary>Whose Jinja a template was written against. Chat templates are rendered by several programs, and they do not agree on how values print.</summary>
public enum JinjaDialect
{
    /// <summary>Jinja2 3.1 as transformers runs it: the default, and what a model was trained with.</summary>
    Python,

    /// <summary>
    /// The interpreter of Hugging Face's JavaScript packages (@huggingface/jinja, behind Transformers.js and others): truth values print as <c>true</c> and <c>false</c>, None
    /// prints nothing, lists and dicts print as JSON, <c>+</c> joins a text with anything, a generator is a list (has a length and can be sliced), a list holding 1 does
    /// not hold true, and <c>null</c> is a name of None.
    /// </summary>
    JavaScript,
}
