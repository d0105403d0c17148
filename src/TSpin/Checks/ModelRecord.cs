namespace TSpin.Checks;

/// <summary>What another stack computed with a model: <c>expected.json</c> as scripts/record_reference.py writes it.</summary>
internal sealed record ModelRecord(int[][] Prompts, double[][] TokenLogprobs, ModelRecord.Continuation[] Greedy, ModelRecord.TripletGradients Triplet)
{
    /// <summary>Most likely tokens after a prompt; the end-of-text token stopped nothing.</summary>
    internal sealed record Continuation(int[] Prompt, int[] Tokens, double SmallestLead, bool SameWithoutCache);

    /// <summary>One triplet with its loss and the gradient of every parameter. No EOS was appended.</summary>
    internal sealed record TripletGradients(
        int[] Prompt, int[] Annotated, int[] Synthetic, int[] ProtoSynthetic, double Alpha, double Beta, string Loss,
        double LogprobAnnotated, double LogprobSynthetic, double LogprobProtoSynthetic, double Value, Dictionary<string, Gradient> Gradients);

    /// <summary>A gradient's norm and its sum of products with the weight.</summary>
    internal sealed record Gradient(double Norm, double DotWeight);
}
