using TSpin.Optimization;
using TSpin.Scoring;

namespace TSpin.Training;

/// <summary>All that one step of training needs.</summary>
/// <param name="Plan">Its triplets, laid out.</param>
/// <param name="Reference">One record per triplet where the objective needs it, else null.</param>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="Place">Which step it is.</param>
public sealed record LoopStep(StepPlan Plan, IReadOnlyList<ReferenceLogProbs>? Reference, double LearningRate, StepPlace Place);
