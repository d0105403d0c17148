namespace TSpin.Torch;

/// <summary>The numbers of one decoder block, for <see cref="FusedLayers.Decode"/>.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="NormEpsilon">Added to the mean square in every norm.</param>
/// <param name="NormPlusOne">Whether norms scale by 1 + w.</param>
/// <param name="NormPerHead">Whether the norms of queries and keys are of each head by itself.</param>
/// <param name="AttentionScale">Scores are query x key times this.</param>
/// <param name="Window">Keys at most this many minus one positions back are seen; null for all.</param>
/// <param name="SoftCap">Scores s become c tanh(s / c); null for no bound.</param>
/// <param name="ResidualScale">What is added to the residual stream is multiplied by this.</param>
public sealed record DecodeBlockConstants(
    int Heads, double NormEpsilon, bool NormPlusOne, bool NormPerHead, double AttentionScale, int? Window, double? SoftCap, double ResidualScale);
