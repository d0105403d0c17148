namespace TSpin.Evaluation.Mathematics;

/// <summary>Numbers that have a name.</summary>
internal enum MathConstant
{
    Pi,
    E,
    I,
    Infinity,
}
