using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Gguf;
using TSpin.Hub;
using TSpin.Prompts;
using TSpin.Safetensors;
using TSpin.SelfPlay;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary><c>tspin generate</c>: answers prompts into a responses.jsonl that can be continued.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var model = new ModelOptions();
        var prompts = new Option<string>("--prompts") { Description = "JSONL of {\"prompt\": ...} or {\"prompt_ids\": [...]}, or records in any data format, answered or not, whose prompts are used; also hub:org/name:file.", Required = true, HelpName = "FILE" };
        var output = new Option<string>("--out") { Description = "Where the answers go (JSONL); an unfinished file is continued.", Required = true, HelpName = "FILE" };
        var temperature = new Option<double>("--temperature") { Description = "0 is greedy.", DefaultValueFactory = _ => 1.0 };
        var topP = new Option<double>("--top-p") { Description = "Smallest set of tokens with this probability; 1 is off.", DefaultValueFactory = _ => 1.0 };
        var topK = new Option<int>("--top-k") { Description = "Most probable tokens; 0 is off.", DefaultValueFactory = _ => 0 };
        var batch = new Option<int?>("--batch-size") { Description = "Answers at once. Default: as many as fit in half of the free memory, at most 32 on the CPU and 256 on a GPU." };
        var stop = new StopOptions();
        var ignoreEos = new Option<bool>("--ignore-eos") { Description = "End-of-sequence tokens end no answer; all are as long as --max-new-tokens says." };
        var command = new Command("generate", "Answer prompts into a JSONL file. Example: tspin generate ./my-model --prompts train.jsonl --out answers.jsonl --temperature 0")
        {
            prompts, output, temperature, topP, topK, batch, stop.Text, stop.Id, ignoreEos,
        };
        model.AddTo(command);
        command.SetAction(result => LaunchedAnswers.Run(result, model, folder => HasTokenizer(folder) ? Tokenizer.Load(folder) : null, leader =>
        {
            using var interruption = new Interruption();
            var target = result.GetRequiredValue(output);
            using var held = FileLock.Acquire(target);
            using var decoder = model.Load(result);
            var folder = model.PathOf(result);
            var source = result.GetRequiredValue(prompts);
            var files = HubNames.Files(prompts.Name, source, HubSplit.Training, interruption.Token);
            // Ids need no tokenizer: a folder of weights alone can answer them, in ids.
            var tokenizer = HasTokenizer(folder) || !PromptFile.HoldIdsAlone(files) ? Tokenizers.Load(folder) : null;
            var encoder = tokenizer is null ? null : new PromptEncoder(model.TemplateOf(result), tokenizer, model.ConfigOf(decoder));
            var tokens = tokenizer is null ? PromptFile.ReadIds(files) : PromptFile.Read(files, tokenizer, encoder!);
            var generator = new Generator(decoder, tokenizer, new SamplingOptions
            {
                MaxNewTokens = model.LongestAnswer(result, decoder.Config),
                Temperature = result.GetValue(temperature),
                TopP = result.GetValue(topP),
                TopK = result.GetValue(topK),
                BatchSize = result.GetValue(batch),
                StopTexts = stop.Texts(result),
                StopIds = stop.Ids(result),
            }, result.GetValue(ignoreEos) ? [] : encoder?.EndIds ?? model.ConfigOf(decoder).EosIds);
            RequireAnswerable(generator, tokens, source);
            var divided = leader?.Divide(generator, decoder) ?? generator;
            var display = RunDisplay.OnConsole();
            display.Report(new Noticed(-1, $"answering {tokens.Count} prompts"));
            var answers = ResponseGeneration.Run(
                divided, tokens, new ResponseSeeds(result.GetValue(model.Seed), "generation"),
                target, string.Join('+', model.WeightFolders(result).Select(WeightsName)), new Relay<GenerationProgress>(progress => display.Report(new Generated(-1, progress))),
                notice => display.Report(new Noticed(-1, notice)), interruption.Token);
            if (generator.Notice is { } notice)
            {
                display.Report(new Noticed(-1, notice));
            }

            var cut = answers.Count(answer => answer.FinishReason == FinishReason.Length);
            if (2 * cut > answers.Count && !result.GetValue(ignoreEos))
            {
                display.Report(new Noticed(-1, $"answers-cut: {cut} of {answers.Count} answers were cut at --max-new-tokens {generator.Options.MaxNewTokens}: raise it, or see why the model does not end (doctor MODEL says which tokens end an answer)", IsAlarm: true));
            }

            Console.WriteLine($"{target}: {tokens.Count} answers{(cut > 0 ? $", {cut} of them cut at {generator.Options.MaxNewTokens} tokens" : "")}");
            return 0;
        }));
        return command;
    }

    private static void RequireAnswerable(Generator generator, IReadOnlyList<PromptTokens> prompts, string source)
    {
        if (prompts.Count == 0)
        {
            throw new TSpinException($"{source}: holds no prompts. Write one JSON object per line, or name another file.");
        }

        try
        {
            generator.Check(prompts);
        }
        catch (TSpinException error)
        {
            throw new TSpinException($"{source}: {error.Message}", error);
        }
    }

    private static bool HasTokenizer(string folder) =>
        GgufModelFile.Find(folder) is not null || File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "tokenizer.model"));

    // Answers of other weights must not be continued: what names them is the hash of all weights files.
    private static string WeightsName(string folder)
    {
        string[] files = GgufModelFile.Find(folder) is { } file ? [.. GgufModelFile.Files(file)]
            : WeightFolder.FilesOf(folder) is { Count: > 0 } weights ? [.. weights]
            : [.. Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal)];   // an adapter's
        var hashes = files.Select(FileHash.Sha256).ToArray();
        return hashes.Length <= 1 ? string.Concat(hashes) : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', hashes))));
    }
}
