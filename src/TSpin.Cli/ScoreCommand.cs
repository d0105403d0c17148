using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Scoring;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary><c>tspin score</c>: log-probabilities of given responses, as text or token ids.</summary>
internal static class ScoreCommand
{
    // Records are read, scored and written this many at a time: enough to sort by length, little to hold.
    private const int Window = 512;

    /// <param name="standardInput">Where records come from that are in no file. Default: the console's.</param>
    public static Command Create(TextReader? standardInput = null)
    {
        var model = new ModelOptions();
        var data = new Argument<string>("RECORDS")
        {
            Description = "JSONL: prompt or prompt_ids, and response or response_ids; or ids alone, whose first token is the prompt. Default: standard input.",
            DefaultValueFactory = _ => "-",
        };
        var output = new Option<string?>("--out") { Description = "Where the scores go (JSONL). Default: standard output.", HelpName = "FILE" };
        var eos = new Option<bool>("--eos") { Description = "Append what ends a response in training to those given as text: the chat template's end of a turn, else EOS." };
        var batch = new Option<int>("--batch-size") { Description = "Sequences at once.", DefaultValueFactory = _ => 8 };
        var prompt = new PromptOptions("none");
        var command = new Command("score", "Log-probabilities of given responses, per token and summed. Example: tspin score ./my-model pairs.jsonl --out scores.jsonl")
        {
            model.Folder, data, output, eos, batch, model.Type, model.Device, model.Base,
        };
        prompt.AddTo(command);
        model.Type.AcceptOnlyFromAmong("auto", "float32", "bfloat16");
        command.SetAction(result =>
        {
            var rows = result.GetValue(batch);
            if (rows < 1)
            {
                throw new TSpinException($"--batch-size {rows}: must be at least 1.");
            }

            using var interruption = new Interruption();
            using var decoder = model.Load(result);
            var folder = model.PathOf(result);
            var reader = new ScoreRecordReader(folder, prompt.Of(result, folder), model.ConfigOf(decoder), result.GetValue(eos), standardInput ?? Console.In);
            var scorer = new ResponseScorer(decoder, rows, comparesWithGreedy: true);
            var longest = decoder.Config.MaxPositions;
            var path = result.GetRequiredValue(data);
            var target = result.GetValue(output);
            if (target is null)
            {
                Run(reader, path, scorer, longest, line => result.InvocationConfiguration.Output.Write(JsonSerializer.Serialize(line, JsonLinesFormat.Default) + "\n"), interruption.Token);
            }
            else
            {
                AtomicFile.Write(target, stream => Run(
                    reader, path, scorer, longest,
                    line =>
                    {
                        JsonSerializer.Serialize(stream, line, JsonLinesFormat.Default);
                        stream.WriteByte((byte)'\n');
                    },
                    interruption.Token));
            }

            return 0;
        });
        return command;
    }

    private static void Run(ScoreRecordReader reader, string path, ResponseScorer scorer, int longest, Action<ScoreLine> write, CancellationToken cancellation)
    {
        // What comes through a pipe is read once.
        var meter = path != "-" && File.Exists(path) && new FileInfo(path).Length > 0 ? MeterOf(reader.Read(path)) : null;
        var (done, tooLong, tokens) = (0, 0, 0L);
        var watch = Stopwatch.StartNew();
        foreach (var window in reader.Read(path).Chunk(Window))
        {
            var scores = scorer.Score(window, done, meter, cancellation);
            for (var i = 0; i < window.Length; i++)
            {
                var (prompt, response) = window[i];
                write(new ScoreLine(
                    done++, prompt.Length, response, scores[i].TokenLogProbs, scores[i].LogProb, response.Length == 0 ? null : scores[i].LogProb / response.Length, scores[i].IsGreedy == true));
                tokens += prompt.Length + response.Length;
                tooLong += prompt.Length + response.Length > longest ? 1 : 0;
            }

            if (meter is null)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} scored, {tokens / watch.Elapsed.TotalSeconds:F0} tokens/s"));
            }
        }

        if (tooLong > 0)
        {
            Console.Error.WriteLine($"warning: longer than the {longest} tokens that the model was made for (max_position_embeddings): {tooLong} of {done} sequences");
        }
    }

    // A file is read once before: its faults are found at once, and how much there is to do.
    private static ScoringMeter MeterOf(IEnumerable<(int[] Prompt, int[] Response)> records)
    {
        var display = RunDisplay.OnConsole();
        return ScoringMeter.Of(
            records, new Relay<GenerationProgress>(value => display.Report(new Generated(-1, value))), "responses scored");
    }
}
