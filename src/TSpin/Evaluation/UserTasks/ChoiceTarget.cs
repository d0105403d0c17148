namespace TSpin.Evaluation.UserTasks;

/// <summary>How the right answer of a task with choices is written.</summary>
public enum ChoiceTarget
{
    /// <summary>
    /// Digits are the number of a choice, from 0, any other text is the choice itself; what could be both is refused.
    /// </summary>
    Auto,

    /// <summary>The number of a choice, from 0.</summary>
    Number,

    /// <summary>The choice's text.</summary>
    Text,
}
