namespace TSpin.Pretraining;

/// <summary>What a model made from nothing reads.</summary>
public sealed record PretrainDataSettings
{
    /// <summary>Word for the endless corpus of the demo's word problems.</summary>
    public const string DemoCorpus = "demo";

    /// <summary><c>demo</c>, or a JSONL file of <c>{"text": ...}</c> or <c>{"prompt": ..., "response": ...}</c>. Default: demo.</summary>
    public string Documents { get; init; } = DemoCorpus;

    /// <summary>Entries of the byte-level BPE vocabulary, at least 257. Default: 512.</summary>
    public int VocabularySize { get; init; } = 512;

    /// <summary>Documents of the demo's corpus before its noisy part begins. Default: 0.</summary>
    public int TextbookDocuments { get; init; }

    /// <summary>Documents the vocabulary is learned from. Default: 4000.</summary>
    public int TokenizerDocuments { get; init; } = 4000;
}
