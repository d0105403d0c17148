namespace TSpin.Demo;

/// <summary>How a document of the base corpus answers its question.</summary>
public enum AnswerStyle
{
    /// <summary>The house style of the annotations: a sentence with an equation for each step, then <c>#### n</c>.</summary>
    Worked,

    /// <summary>All steps in one expression and its value, then <c>#### n</c>. Often wrong.</summary>
    InOneGo,

    /// <summary>The numbers of the question repeated, a guess, then <c>#### n</c>. Mostly wrong.</summary>
    Recap,

    /// <summary>Only <c>#### n</c>. Mostly wrong.</summary>
    Bare,

    /// <summary><c>The answer is n.</c>, without the mark that graders look for. Mostly wrong.</summary>
    Sentence,

    /// <summary>Talk about the question that never answers it.</summary>
    Chatter,
}
