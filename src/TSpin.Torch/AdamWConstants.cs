namespace TSpin.Torch;

/// <summary>What all parameters share in one step of AdamW.</summary>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the denominator.</param>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="GradientScale">Gradients are multiplied by this first, which is how they are clipped. Default: 1.</param>
public readonly record struct AdamWConstants(double LearningRate, double Beta1, double Beta2, double Epsilon, long Step, double GradientScale = 1);
