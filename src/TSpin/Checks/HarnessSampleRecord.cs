namespace TSpin.Checks;

/// <summary>Samples of lm-evaluation-harness with a header before them, see <see cref="HarnessCheck"/>.</summary>
internal sealed class HarnessSampleRecord : IEvaluationRecordKind
{
    public string Name => "samples of lm-evaluation-harness";

    public IReadOnlyList<string> Fields { get; } = ["record"];

    public void Compare(EvaluationCheckRequest request, CheckList list) =>
        HarnessCheck.Compare(list, request);
}
