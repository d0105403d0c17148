using BenchmarkDotNet.Attributes;
using TSpin.Tokenizers;

namespace TSpin.TokenizerBench;

/// <summary>Encodes and decodes all texts of a set.</summary>
public class TokenizerBenchmarks
{
    private Tokenizer _tokenizer = null!;
    private Tokenizer _fresh = null!;
    private IReadOnlyList<int[]> _ids = [];

    /// <summary>The sets of texts.</summary>
    public static IEnumerable<TextSet> Sets => Measured.Sets;

    /// <summary>The texts.</summary>
    [ParamsSource(nameof(Sets))]
    public TextSet Texts { get; set; } = null!;

    /// <summary>A tokenizer that has seen the texts, and their ids.</summary>
    [GlobalSetup]
    public void Load()
    {
        _tokenizer = Tokenizer.Load(Measured.Tokenizer);
        _ids = [.. Texts.Texts.Select(text => _tokenizer.Encode(text, addSpecialTokens: false))];
    }

    /// <summary>A tokenizer that has seen nothing.</summary>
    [IterationSetup(Target = nameof(EncodeFresh))]
    public void LoadFresh() => _fresh = Tokenizer.Load(Measured.Tokenizer);

    /// <summary>By a tokenizer that has seen nothing: it remembers words.</summary>
    [Benchmark(Description = "encode, fresh")]
    public int EncodeFresh() => Encode(_fresh);

    /// <summary>By one that has seen these words before.</summary>
    [Benchmark(Description = "encode, again")]
    public int EncodeAgain() => Encode(_tokenizer);

    /// <summary>The other way.</summary>
    [Benchmark(Description = "decode")]
    public int Decode() => _ids.Sum(ids => _tokenizer.Decode(ids, skipSpecialTokens: false).Length);

    private int Encode(Tokenizer tokenizer) =>
        Texts.Texts.Sum(text => tokenizer.Encode(text, addSpecialTokens: false).Length);
}
