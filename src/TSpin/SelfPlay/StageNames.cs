namespace TSpin.SelfPlay;

/// <summary>What the stages of a run are called in <see cref="StageStarted"/>: for people, and for whoever counts their time.</summary>
public static class StageNames
{
    /// <summary>Rejection sampling before the first iteration.</summary>
    public const string Rejection = "rejection sampling";

    /// <summary>The supervised first stage.</summary>
    public const string FirstStage = "supervised fine-tuning before self-play";

    /// <summary>The evaluation before iteration 0.</summary>
    public const string EvaluatingStart = "evaluating the starting model";

    /// <summary>The evaluation after an iteration.</summary>
    public const string Evaluating = "evaluating";

    /// <summary>An iteration's training.</summary>
    public const string Training = "training";

    /// <summary>An iteration's responses.</summary>
    /// <param name="iteration">From 0, where they are y0.</param>
    /// <returns>The name.</returns>
    public static string Responses(int iteration) => iteration == 0 ? "proto-synthetic responses" : "synthetic responses";
}
