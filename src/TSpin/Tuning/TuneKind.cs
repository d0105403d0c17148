namespace TSpin.Tuning;

/// <summary>What a candidate is, the simplest and cheapest first: of equals the earlier one is chosen.</summary>
public enum TuneKind
{
    /// <summary>The base as it is.</summary>
    Base,

    /// <summary>The base with examples in the prompt.</summary>
    Prompted,

    /// <summary>Supervised fine-tuning.</summary>
    Sft,

    /// <summary>T-SPIN from the base.</summary>
    TSpin,

    /// <summary>T-SPIN from the best of supervised fine-tuning.</summary>
    SftThenTSpin,
}
