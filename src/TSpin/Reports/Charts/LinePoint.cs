namespace TSpin.Reports.Charts;

/// <summary>One point of a line: a single value, or a bucket of neighbouring values.</summary>
/// <param name="X">Position; of a bucket, its middle.</param>
/// <param name="Y">Value; of a bucket, the mean. Not finite: a gap in the line.</param>
/// <param name="Low">Smallest value in the bucket.</param>
/// <param name="High">Largest value in the bucket.</param>
public readonly record struct LinePoint(double X, double Y, double Low, double High);
