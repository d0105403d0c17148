namespace TSpin.Data.Audit;

/// <summary>What an answer's last characters are.</summary>
internal enum AnswerEnding
{
    /// <summary><c>#### result</c>.</summary>
    Marked,

    /// <summary>A boxed result: <c>\boxed{result}</c>, with nothing but a full stop or dollar signs after it.</summary>
    Boxed,

    /// <summary>The end of a sentence, also within quotes or brackets.</summary>
    Sentence,

    /// <summary>A closed bracket or code fence, or another mark that closes.</summary>
    Closed,

    /// <summary>A digit.</summary>
    Digit,

    /// <summary>A letter, a comma, a colon, an open bracket: where a sentence would go on.</summary>
    Open,
}
