namespace TSpin.Data;

/// <summary>The words that recipes and messages have for formats.</summary>
public static class DataFormatWords
{
    /// <summary>Every format with its word, <c>auto</c> first.</summary>
    public static IReadOnlyList<(string Word, DataFormat Format)> All { get; } =
    [
        ("auto", DataFormat.Auto), ("messages", DataFormat.Messages), ("prompt-response", DataFormat.PromptResponse),
        ("alpaca", DataFormat.Alpaca), ("spin", DataFormat.Spin), ("gsm8k", DataFormat.Gsm8k),
        ("sharegpt", DataFormat.ShareGpt), ("preference", DataFormat.Preference),
    ];

    /// <summary>The word of a format.</summary>
    /// <param name="format">Any.</param>
    /// <returns>For example <c>prompt-response</c>.</returns>
    public static string Of(DataFormat format) => All.First(known => known.Format == format).Word;
}
