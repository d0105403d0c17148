namespace TSpin.Reports;

/// <summary>One line of a <see cref="TrainingChart"/>.</summary>
/// <param name="Key">Tells it from all other lines.</param>
/// <param name="Name">What people read in the legend.</param>
/// <param name="Colour">Index into the report's colours, from 0.</param>
/// <param name="Quantity">What it draws of a step; NaN where there is none.</param>
public sealed record TrainingLine(string Key, string Name, int Colour, Func<RecordedStep, double> Quantity);
