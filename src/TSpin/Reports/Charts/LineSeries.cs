namespace TSpin.Reports.Charts;

/// <summary>One line of a <see cref="LineChart"/>.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Colour">Colour index, see <see cref="SvgChart.Colours"/>.</param>
/// <param name="Points">The points, by ascending X. A Y that is not finite makes a gap.</param>
public sealed record LineSeries(string Name, int Colour, IReadOnlyList<LinePoint> Points);
