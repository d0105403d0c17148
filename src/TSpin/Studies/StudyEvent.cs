using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>Something a person watching a study wants to see.</summary>
public abstract record StudyEvent;

/// <summary>A cell begins.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Number">Which of those left, from 1.</param>
/// <param name="Left">How many are left, this one among them.</param>
/// <param name="SecondsLeft">Time that all of them will take; null where it is not known yet.</param>
public sealed record CellStarted(StudyCell Cell, int Number, int Left, double? SecondsLeft) : StudyEvent;

/// <summary>A cell's run moved on.</summary>
/// <param name="Event">What happened.</param>
public sealed record CellMoved(RunEvent Event) : StudyEvent;

/// <summary>A cell is finished and in the ledger.</summary>
/// <param name="Line">What it found.</param>
public sealed record CellFinished(LedgerLine Line) : StudyEvent;

/// <summary>Something worth a line.</summary>
/// <param name="Text">The line.</param>
public sealed record StudyNoticed(string Text) : StudyEvent;
