namespace TSpin.Reports.Charts;

/// <summary>One value with its uncertainty.</summary>
/// <param name="X">Position.</param>
/// <param name="Y">Value.</param>
/// <param name="Error">Half the length of the error bar; not finite: no bar.</param>
public readonly record struct ErrorBarPoint(double X, double Y, double Error);
