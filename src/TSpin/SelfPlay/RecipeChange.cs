namespace TSpin.SelfPlay;

/// <summary>One line of changes.jsonl: a field of the recipe that is another since a run was continued.</summary>
/// <param name="Field">The field, for example <c>training.tokens_per_pass</c>.</param>
/// <param name="Was">Its value until then.</param>
/// <param name="Is">Its value since.</param>
/// <param name="SameBytes">True where the run still ends with the bytes of an uninterrupted one; false where rounding may differ from the place on that is named here.</param>
/// <param name="Iteration">The first iteration, zero-based, that has the new value.</param>
/// <param name="Step">The first optimizer step, one-based, that has it; 0 where it is the iteration's answers.</param>
/// <param name="At">When.</param>
public sealed record RecipeChange(string Field, string Was, string Is, bool SameBytes, int Iteration, int Step, DateTimeOffset At);
