// Tokenizer speed on one thread: dotnet run -c Release --project bench/TSpin.TokenizerBench -- [--short] [TOKENIZER [TEXT.jsonl ...]]
// TOKENIZER is a model folder or a tokenizer file; without one, a vocabulary of 50,000 is trained on the generated text. The texts of
// the JSONL files are all their string values; without files, English-like text is generated. MB are 10^6 bytes of UTF-8. --short: two
// rounds over a tenth of the text, to see that it works.
using System.Globalization;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using TSpin.TokenizerBench;
using TSpin.Tokenizers;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var isShort = args.Contains("--short");
string[] named = [.. args.Where(argument => argument != "--short")];
var generated = EnglishLikeText.Documents(isShort ? 400_000 : 4_000_000, seed: 1);
var trained = named.Length > 0 ? null : Path.Combine(Path.GetTempPath(), $"tspin-bench-{Environment.ProcessId}.json");
try
{
    if (trained is not null)
    {
        BpeTrainer.Train(generated, isShort ? 5_000 : 50_000, ["<|end|>"], trained);
    }

    var tokenizer = trained ?? named[0];
    Measured.Tokenizer = tokenizer;
    Measured.Sets = [new TextSet("generated", generated), .. named.Skip(1).Select(TextSet.OfFile)];
    var log = new AccumulationLogger();
    var summary = BenchmarkRunner.Run<TokenizerBenchmarks>(BenchConfig.Of(isShort, log));
    if (summary.HasCriticalValidationErrors || summary.Reports.Length == 0 || summary.Reports.Any(report => !report.Success))
    {
        Console.Error.Write(log.GetLog());
        return 1;
    }

    var loaded = Tokenizer.Load(tokenizer);
    Console.WriteLine($"{tokenizer}: {loaded.VocabularySize} tokens; one thread of {Environment.ProcessorCount}");
    foreach (var set in Measured.Sets)
    {
        Console.WriteLine($"{set.Name}: {set.Megabytes:F1} MB, {set.Texts.Sum(text => loaded.Encode(text, addSpecialTokens: false).Length)} tokens");
    }

    MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
    return 0;
}
finally
{
    if (trained is not null)
    {
        File.Delete(trained);
    }
}
