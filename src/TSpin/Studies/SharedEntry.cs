using TSpin.Optimization;

namespace TSpin.Studies;

/// <summary>What an entry of <see cref="SharedWork"/> says of itself.</summary>
/// <param name="Seconds">How long it took.</param>
/// <param name="Alarms">The alarms that it rang.</param>
internal sealed record SharedEntry(double Seconds, IReadOnlyList<TrainingAlarm> Alarms);
