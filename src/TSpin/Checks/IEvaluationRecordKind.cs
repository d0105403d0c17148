namespace TSpin.Checks;

/// <summary>
/// A kind of record of an evaluation, and how it is compared. A new kind is one class and one entry in <see
/// cref="EvaluationCheck"/>.
/// </summary>
internal interface IEvaluationRecordKind
{
    /// <summary>What it holds, for messages.</summary>
    string Name { get; }

    /// <summary>Fields that the first line of such a record has, and of no other kind.</summary>
    IReadOnlyList<string> Fields { get; }

    /// <summary>Compares every row.</summary>
    /// <param name="request">The record and what is needed beside it.</param>
    /// <param name="list">Told of every comparison.</param>
    /// <exception cref="TSpinException">Something cannot be checked.</exception>
    void Compare(EvaluationCheckRequest request, CheckList list);
}
