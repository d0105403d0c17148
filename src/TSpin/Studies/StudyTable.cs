namespace TSpin.Studies;

/// <summary>A table of a study's report.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">What stands below it: what was chosen by what, and how many cells it stands on.</param>
/// <param name="Headers">Heads of the columns.</param>
/// <param name="Rows">The cells.</param>
public sealed record StudyTable(string Title, string Note, IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows);
