namespace TSpin.Evaluation.Comparison;

/// <summary>An evaluation as it lies in a folder.</summary>
/// <param name="Folder">As the user named it.</param>
/// <param name="Origin">What of it was taken: the iteration, the model, the date.</param>
/// <param name="Tasks">In the order of the files.</param>
/// <param name="Notes">What was passed over, in sentences.</param>
public sealed record ComparedEvaluation(string Folder, string Origin, IReadOnlyList<ComparedTask> Tasks,
    IReadOnlyList<string> Notes);
