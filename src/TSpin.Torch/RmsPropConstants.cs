namespace TSpin.Torch;

/// <summary>What all parameters share in one step of RMSprop.</summary>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="Alpha">Decay of the mean squared gradient.</param>
/// <param name="Epsilon">Added to the denominator.</param>
/// <param name="Step">Number of the step, from 1; only stochastic rounding asks for it.</param>
/// <param name="GradientScale">Gradients are multiplied by this first, which is how they are clipped. Default: 1.</param>
public readonly record struct RmsPropConstants(double LearningRate, double Alpha, double Epsilon, long Step, double GradientScale = 1);
