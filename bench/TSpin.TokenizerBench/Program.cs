// Tokenizer speed on one thread:
//     dotnet run -c Release --project bench/TSpin.TokenizerBench -- [--short] [TOKENIZER [TEXT.jsonl ...]]
// TOKENIZER is a model folder or a tokenizer file; without one, a vocabulary of 50,000 is trained on the generated
// text. The texts of the JSONL files are all their string values; without files, English-like text is generated. MB are
// 10^6 bytes of UTF-8. --short: two rounds over a tenth of the generated text, to see that it works.
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
var folder = Directory.CreateTempSubdirectory("tspin-bench-").FullName;
try
{
    var tokenizer = named.FirstOrDefault() ?? Path.Combine(folder, "trained.json");
    if (named.Length == 0)
    {
        BpeTrainer.Train(generated, isShort ? 5_000 : 50_000, ["<|end|>"], tokenizer);
    }

    Measured.Tokenizer = tokenizer;
    Measured.Sets = [new TextSet("generated", generated), .. named.Skip(1).Select(TextSet.OfFile)];
    var log = new AccumulationLogger();
    var summary = BenchmarkRunner.Run<TokenizerBenchmarks>(BenchConfig.Of(isShort, log, folder));
    if (summary.HasCriticalValidationErrors || summary.Reports.Length == 0
        || summary.Reports.Any(report => !report.Success))
    {
        Console.Error.Write(log.GetLog());
        return 1;
    }

    var loaded = Tokenizer.Load(tokenizer);
    Console.WriteLine($"{tokenizer}: {loaded.VocabularySize} tokens; one thread of {Environment.ProcessorCount}");
    foreach (var set in Measured.Sets)
    {
        var tokens = set.Texts.Sum(text => loaded.Encode(text, addSpecialTokens: false).Length);
        Console.WriteLine($"{set.Name}: {set.Megabytes:F1} MB, {tokens} tokens");
    }

    MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
