namespace TSpin.Recipes;

/// <summary>Which objective a run trains with; in YAML <c>tspin</c> (default), <c>tspin-no-history</c>, <c>tspin-ref</c>, <c>spin</c>, <c>sft</c>.</summary>
public enum Method
{
    /// <summary>T-SPIN, equation 7 of arXiv 2601.08198: current plus historical advantage, no reference model.</summary>
    TSpin,

    /// <summary>The ablation without the historical advantage: T-SPIN with beta = 0 throughout.</summary>
    TSpinNoHistory,

    /// <summary>The ablation with a reference policy: T-SPIN with confidences relative to the policy of the previous iteration.</summary>
    TSpinRef,

    /// <summary>SPIN (arXiv 2401.01335): annotated against synthetic responses, relative to the policy of the previous iteration.</summary>
    Spin,

    /// <summary>Supervised fine-tuning on the annotated responses alone.</summary>
    Sft,
}
