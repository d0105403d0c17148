namespace TSpin.Reports.Charts;

/// <summary>One series of an <see cref="ErrorBarChart"/>.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Colour">Colour index, see <see cref="SvgChart.Colours"/>; also chooses the marker's shape.</param>
/// <param name="Points">The points, by ascending X.</param>
public sealed record ErrorBarSeries(string Name, int Colour, IReadOnlyList<ErrorBarPoint> Points);
