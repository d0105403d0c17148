namespace TSpin.Studies;

/// <summary>Which cells of a study one start runs.</summary>
public sealed record StudyLimits
{
    /// <summary>Cells that would not end within so many minutes are not started. Default null: all are.</summary>
    public double? Minutes { get; init; }

    /// <summary>Only cells of this method. Default null: all.</summary>
    public string? Only { get; init; }

    /// <summary>Which part of the cells, from 1, and of how many: for several machines. Default: all.</summary>
    public (int Number, int Of) Part { get; init; } = (1, 1);
}
