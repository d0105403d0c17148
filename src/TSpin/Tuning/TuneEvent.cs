using TSpin.SelfPlay;

namespace TSpin.Tuning;

/// <summary>Something that a person watching wants to see.</summary>
public abstract record TuneEvent;

/// <summary>A sentence: what was found in the data, what was decided and why.</summary>
/// <param name="Text">The sentence.</param>
public sealed record TuneSaid(string Text) : TuneEvent;

/// <summary>A trial begins, or is read where an earlier start finished it.</summary>
/// <param name="Candidate">What is tried.</param>
/// <param name="Number">From 1.</param>
/// <param name="Of">How many there are at most.</param>
/// <param name="Predicted">Seconds that it is predicted to take.</param>
/// <param name="Left">Seconds left in all.</param>
public sealed record TuneStarted(TuneCandidate Candidate, int Number, int Of, double Predicted, double Left)
    : TuneEvent;

/// <summary>A trial moved on.</summary>
/// <param name="Event">What its run says.</param>
/// <param name="Done">Share of the trial that is done.</param>
/// <param name="Left">Seconds that the trial still takes.</param>
/// <param name="LeftInAll">Seconds left in all.</param>
public sealed record TuneMoved(RunEvent Event, double Done, double Left, double LeftInAll) : TuneEvent;

/// <summary>A trial is finished.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="Score">Its score with its error, in words.</param>
/// <param name="IsBest">Whether it is what would be chosen now.</param>
/// <param name="WasDone">Whether an earlier start finished it.</param>
public sealed record TuneFinished(TuneTrial Trial, string Score, bool IsBest, bool WasDone) : TuneEvent;

/// <summary>A candidate is not tried, or not to its end.</summary>
/// <param name="Trial">Says why.</param>
public sealed record TuneSkipped(TuneTrial Trial) : TuneEvent;
