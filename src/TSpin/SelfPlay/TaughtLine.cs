namespace TSpin.SelfPlay;

/// <summary>One line of taught.jsonl: a prompt that an iteration leaves out because its triplet no longer taught.</summary>
/// <param name="Index">Index of the annotated example.</param>
/// <param name="Measured">The iteration that measured it last.</param>
/// <param name="Weight">Its weight then, in units of the loss's scale; see <see cref="Objectives.TripletWeights"/>.</param>
public sealed record TaughtLine(int Index, int Measured, double Weight);
