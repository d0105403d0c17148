// Tokenizer speed on one thread: dotnet run -c Release --project bench/TSpin.TokenizerBench -- [TOKENIZER [TEXT.jsonl ...]]
// TOKENIZER is a model folder or a tokenizer file; without one, a vocabulary of 50,000 is trained on the generated text. The texts of
// the JSONL files are all their string values; without files, English-like text is generated. MB are 10^6 bytes of UTF-8.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TSpin.TokenizerBench;
using TSpin.Tokenizers;

const int Rounds = 9;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var generated = EnglishLikeText.Documents(4_000_000, seed: 1);
var path = args.Length > 0 ? args[0] : TrainedOn(generated);
var sets = new List<(string Name, string[] Texts)> { ("generated", generated) };
sets.AddRange(args.Skip(1).Select(file => (Path.GetFileName(file), File.ReadLines(file).SelectMany(line => Strings(JsonDocument.Parse(line).RootElement)).ToArray())));

var tokenizer = Tokenizer.Load(path);
Console.WriteLine($"{path}: {tokenizer.VocabularySize} tokens; one thread of {Environment.ProcessorCount}; {Processor()}; .NET {Environment.Version}");
var warmUp = Stopwatch.StartNew();
while (warmUp.Elapsed.TotalSeconds < 2)
{
    // A tokenizer remembers words, but the compiler's second look at the code must be over before anything is measured.
    Encode(Tokenizer.Load(path), generated[..200]);
}

foreach (var (name, texts) in sets)
{
    var bytes = texts.Sum(Encoding.UTF8.GetByteCount) / 1e6;
    var (fresh, warm, decode) = (new List<double>(), new List<double>(), new List<double>());
    var ids = texts.Select(text => tokenizer.Encode(text, addSpecialTokens: false)).ToArray();
    for (var round = 0; round < Rounds; round++)
    {
        var unused = Tokenizer.Load(path);
        fresh.Add(bytes / Seconds(() => Encode(unused, texts)));
        warm.Add(bytes / Seconds(() => Encode(tokenizer, texts)));
        decode.Add(bytes / Seconds(() =>
        {
            foreach (var row in ids)
            {
                tokenizer.Decode(row, skipSpecialTokens: false);
            }
        }));
    }

    Console.WriteLine($"{name,-32} {bytes,6:F1} MB {ids.Sum(row => row.Length),9} tokens   encode, fresh {Median(fresh),6:F1} MB/s   encode, words seen before {Median(warm),6:F1} MB/s   decode {Median(decode),6:F1} MB/s");
}

if (args.Length == 0)
{
    File.Delete(path);
}

static void Encode(Tokenizer tokenizer, IEnumerable<string> texts)
{
    foreach (var text in texts)
    {
        tokenizer.Encode(text, addSpecialTokens: false);
    }
}

static double Seconds(Action work)
{
    GC.Collect();
    var watch = Stopwatch.StartNew();
    work();
    return watch.Elapsed.TotalSeconds;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
{
    JsonValueKind.String => [value.GetString()!],
    JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Strings(member.Value)),
    JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
    _ => [],
};

static string TrainedOn(string[] texts)
{
    var file = Path.Combine(Path.GetTempPath(), $"tspin-bench-{Environment.ProcessId}.json");
    BpeTrainer.Train(texts, 50_000, ["<|end|>"], file);
    return file;
}

static string Processor() =>
    File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
        : "processor unknown";
