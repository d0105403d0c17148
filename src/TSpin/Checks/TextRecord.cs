namespace TSpin.Checks;

/// <summary>What another stack computed with a model on one text; a list of these is the other form of a model's record.</summary>
internal sealed record TextRecord(
    string Text, int[] Ids, double[] TokenLogprobs, int[] GreedyIds, string GreedyText, double SmallestLead, double? Bf16LogprobRmsDifference = null);
