namespace TSpin.Optimization;

/// <summary>All that one optimizer step reports.</summary>
/// <param name="Metrics">The step's means.</param>
/// <param name="Triplets">Each triplet.</param>
/// <param name="Alarms">Signs of collapse seen at this step.</param>
public sealed record StepRecord(StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets, IReadOnlyList<TrainingAlarm> Alarms);
