using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Cli;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>
/// Every verb with inputs that are wrong in many ways: it works, or it ends with a documented exit code and a sentence that names a file of the command (or an
/// option) and says what to do. The code for unforeseen faults is none of them.
/// </summary>
public sealed partial class MutatedInputTests
{
    // More of them by hand: TSPIN_MUTATIONS=200.
    private static readonly int Mutations = int.TryParse(Environment.GetEnvironmentVariable("TSPIN_MUTATIONS"), CultureInfo.InvariantCulture, out var count) ? count : 6;

    private static readonly int[] Documented = [0, 1, 2, 3, 4];

    public static TheoryData<string> Names => [.. Cases.Keys];

    // By verb; what follows a comma tells several of one verb apart.
    private static Dictionary<string, Case> Cases { get; } = new(StringComparer.Ordinal)
    {
        ["generate"] = new(
            "model/config.json model/tokenizer.json model/model.safetensors model/generation_config.json train.jsonl",
            "model --prompts train.jsonl --out OUT/a.jsonl --max-new-tokens 2"),
        ["generate, ids"] = new("ids.jsonl", "model --prompts ids.jsonl --out OUT/a.jsonl --max-new-tokens 2"),
        ["generate, continued"] = new("answers/a.jsonl answers/a.json",
            "model --prompts train.jsonl --out answers/a.jsonl --max-new-tokens 2 --batch-size 1")
        { Before = RightInputs.Answers },
        ["generate, chat"] = new(
            "chat/chat_template.jinja chat/tokenizer_config.json chat/special_tokens_map.json chat/added_tokens.json",
            "chat --prompts train.jsonl --out OUT/a.jsonl --max-new-tokens 2 --template @chat"),
        ["generate, adapter"] = new("adapter/adapter_config.json adapter/adapter_model.safetensors",
            "adapter --base model --prompts train.jsonl --out OUT/a.jsonl --max-new-tokens 2"),
        ["score"] = new("model/config.json model/model.safetensors pairs.jsonl", "model pairs.jsonl --out OUT/s.jsonl"),
        ["tokenize"] = new("model/tokenizer.json", "model/tokenizer.json Ann_has_figs"),
        ["tokenize, file"] = new("text.txt", "model/tokenizer.json --file text.txt --lines"),
        ["eval"] = new("model/tokenizer.json held-out.jsonl", "model --data held-out.jsonl --max-new-tokens 2 --out OUT"),
        ["eval, tasks"] = new(
            "sets/ARC-Easy/test.jsonl sets/ARC-Easy/train.jsonl sets/main/test.jsonl sets/main/train.jsonl "
            + "sets/default/validation.jsonl sets/winogrande_xl/validation.jsonl sets/gpqa_main/train.jsonl "
            + "sets/multiple_choice/validation.jsonl sets/navigate/test.jsonl sets/algebra/test.jsonl "
            + "sets/harness/math_fewshot.json sets/harness/bbh_mc/navigate.yaml",
            "model --tasks arc_easy,gsm8k,hellaswag,winogrande,leaderboard_gpqa_main,truthfulqa_mc2,"
            + "leaderboard_bbh_navigate,leaderboard_math_algebra_hard --data sets --max-new-tokens 2 --num-fewshot 1 --out OUT"),
        ["eval, own"] = new("sets/sums.yaml sets/sums.jsonl", "model --tasks sets/sums.yaml --max-new-tokens 2 --out OUT"),
        ["compare"] = new(
            "cmp/a/samples_sums_2026-01-01T00-00-00.000000.jsonl cmp/a/results_2026-01-01T00-00-00.000000.json",
            "cmp/a cmp/b"),
        ["compare, runs"] = new(
            "runs/whole/iteration-00/evaluation-answers.jsonl runs/whole/iteration-00/evaluation.json",
            "runs/whole runs/whole")
        { Before = RightInputs.Runs },
        ["chat"] = new("model/config.json model/tokenizer.json", "model --max-new-tokens 2"),
        ["data info"] = new("train.jsonl rows.parquet rows.csv rows.arrow packed.jsonl.zst packed.jsonl.gz", "INPUT"),
        ["data info, saved"] = new("saved/state.json saved/data-00000-of-00001.arrow", "saved"),
        ["data show"] = new("train.jsonl rows.parquet model/tokenizer.json",
            "INPUT?train.jsonl --model model --count 2"),
        ["data audit"] = new("train.jsonl rows.parquet held-out.jsonl",
            "INPUT?train.jsonl --test held-out.jsonl --out OUT/audit.jsonl"),
        ["data audit, model"] = new("model/config.json model/tokenizer.json train.jsonl", "train.jsonl --model model"),
        ["data convert"] = new("train.jsonl rows.parquet rows.csv rows.arrow", "INPUT OUT/a.jsonl"),
        ["data convert, pairs"] = new("train.jsonl chats.jsonl", "INPUT OUT/a.jsonl --pairs"),
        ["run"] = new(
            "recipe.yaml train.jsonl held-out.jsonl model/config.json model/tokenizer.json model/model.safetensors",
            "recipe.yaml --set output.directory=OUT"),
        ["run, dry"] = new("recipe.yaml train.jsonl model/config.json", "recipe.yaml --dry-run"),
        ["run, continued"] = new(
            "runs/half/manifest.json runs/half/recipe.yaml runs/half/run.json runs/half/sources.json "
            + "runs/half/environment.json runs/half/examples.jsonl runs/half/alarms.jsonl "
            + "runs/half/iteration-00/responses.jsonl runs/half/iteration-00/responses.json "
            + "runs/half/iteration-00/metrics.jsonl runs/half/iteration-00/training-state.safetensors",
            "recipe.yaml --run half --set training.save_every_steps=1")
        { Before = RightInputs.Runs, Restores = "runs/half" },
        ["sft"] = new("recipe.yaml", "recipe.yaml --set output.directory=OUT"),
        ["train"] = new("recipe.yaml responses.jsonl train.jsonl",
            "recipe.yaml --synthetic responses.jsonl --set output.directory=OUT")
        { Before = RightInputs.Runs },
        ["train, proto"] = new("proto.jsonl",
            "recipe.yaml --iteration 1 --synthetic responses.jsonl --proto proto.jsonl --set output.directory=OUT")
        { Before = RightInputs.Runs },
        ["tune"] = new("examples.jsonl sets/sums.yaml model/config.json",
            "examples.jsonl --model model --task sets/sums.yaml --max-new-tokens 2 --minutes 3 --out OUT")
        { MayStop = true },
        ["tune, dry"] = new("examples.jsonl model/config.json model/tokenizer.json",
            "examples.jsonl --model model --out OUT --dry-run"),
        ["tune, continued"] = new("tuned/state.json tuned/data/examples.jsonl",
            "examples.jsonl --model model --task sets/sums.yaml --max-new-tokens 2 --minutes 3 --out tuned")
        {
            Before = RightInputs.Tune,
            Restores = "tuned",
            MayStop = true,
        },
        ["study"] = new("study.yaml study-recipe.yaml train.jsonl", "study.yaml --set output=OUT --only sft"),
        ["study, dry"] = new("study.yaml study-recipe.yaml train.jsonl", "study.yaml --set output=OUT --dry-run"),
        ["study, continued"] = new("studies/small/ledger.jsonl", "study.yaml --only sft")
        {
            Before = RightInputs.Study,
            Restores = "studies",
        },
        ["study, merged"] = new("other-ledger.jsonl", "study.yaml --merge other-ledger.jsonl")
        {
            Before = RightInputs.Study,
            Restores = "studies",
        },
        ["merge"] = new("adapter/adapter_config.json adapter/adapter_model.safetensors model/config.json",
            "adapter --base model --out OUT/merged"),
        ["report"] = new(
            "runs/whole/run.json runs/whole/recipe.yaml runs/whole/iteration-00/metrics.jsonl "
            + "runs/whole/iteration-00/evaluation.json runs/whole/iteration-00/responses.jsonl "
            + "runs/whole/iteration-00/responses-metrics.json runs/whole/alarms.jsonl",
            "runs/whole --out OUT/r.html")
        { Before = RightInputs.Runs },
        // A server: that it stands up and serves what there is, is all; a right one is ended at once.
        ["dashboard"] = new("runs/whole/run.json runs/whole/iteration-00/metrics.jsonl not-a-folder", "INPUT?runs --port 0")
        {
            Before = RightInputs.Runs,
            EndsAfter = TimeSpan.FromSeconds(0.2),
        },
        ["doctor"] = new("recipe.yaml train.jsonl model/config.json", "recipe.yaml") { UnlessRight = "run, dry" },
        ["doctor, model"] = new("model/config.json model/tokenizer.json model/generation_config.json", "model"),
        ["doctor, chat"] = new("chat/tokenizer_config.json chat/chat_template.jinja chat/added_tokens.json", "chat"),
        ["pretrain"] = new("pretrain.yaml documents.jsonl",
            "pretrain.yaml --out OUT/base --set training.cycles=[2] --set model.layers=1"),
        // It reads nothing of its user's: a file stands where its folder is to be. Its runs are those of run and sft.
        ["demo"] = new("demo/seed-42/data", "--out demo") { RightEndsWith = ExitCodes.BadInput },
        ["check model"] = new("model/expected.json model/config.json", "model"),
        ["check weights"] = new("prompt.json model/expected.safetensors model/config.json", "model --prompt prompt.json"),
        ["check tokenizer"] = new("record.json texts.json model/tokenizer.json",
            "record.json --texts texts.json --tokenizer model"),
        ["check templates"] = new("cases.jsonl conversations.json chat/chat_template.jinja",
            "cases.jsonl --conversations conversations.json --root chat"),
        ["check adapter"] = new("adapter/expected.json adapter/expected.safetensors adapter/adapter_config.json",
            "adapter --base model"),
        ["check gguf"] = new("small.gguf small.safetensors", "small.gguf --expected small.safetensors"),
        ["check parquet"] = new("rows.parquet rows.jsonl", "rows.parquet --rows rows.jsonl"),
        ["check training"] = new("training/objectives.json", "training"),
        ["check graphs"] = new("model/config.json", "model") { MayLackGpu = true },
        ["check evaluation"] = new("verdicts.jsonl ifeval/input_data.jsonl", "verdicts.jsonl --data ifeval"),
        ["check evaluation, answers"] = new("mathematics.jsonl", "mathematics.jsonl"),
        ["check evaluation, harness"] = new("harness.jsonl harness.results.json", "harness.jsonl"),
    };

    [Fact]
    public void Every_verb_is_among_them()
    {
        Verbs(RootCommands.Create(), "").ShouldBe(
            Cases.Keys.Select(name => name.Split(',')[0]).Distinct(), ignoreOrder: true,
            "a verb of the command line has no inputs in Cases, or Cases name one that is gone");

        static IEnumerable<string> Verbs(Command command, string above) => command.Subcommands.Count == 0
            ? [above]
            : command.Subcommands.SelectMany(verb => Verbs(verb, $"{above} {verb.Name}".TrimStart()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mutated_input_ends_in_a_documented_code_and_a_sentence_with_file_and_cure(string name)
    {
        using var tiny = new TinyRun();
        RightInputs.Write(tiny);
        var one = Cases[name];
        one.Before?.Invoke(tiny);
        if (one.Restores is { } folder)
        {
            TinyRun.Snapshot(tiny[folder], tiny["kept"]);
        }

        var faults = new List<string>();
        var (clean, said) = Invoke(tiny, one.UnlessRight ?? name, one.Inputs[0], 0);
        one.Right.ShouldContain(clean, $"{name} with right inputs: {said}");
        Restore(tiny, one);
        var n = 1;
        foreach (var input in one.Inputs)
        {
            var bytes = File.ReadAllBytes(tiny[input]);
            var random = new Random(HashOf(name + input));
            for (var i = 0; i < Mutations; i++, n++)
            {
                var (what, mutated) = MutatedInput.Of(input, bytes, random);
                File.WriteAllBytes(tiny[input], mutated);
                if (one.UnlessRight is { } quick && Invoke(tiny, quick, input, n).Code == 0)
                {
                    continue;
                }

                var clock = Stopwatch.StartNew();
                var (code, message) = Invoke(tiny, name, input, n);
                var fault = !one.Allowed.Contains(code) ? "is no documented code"
                    : code is 0 or 1 or ExitCodes.Interrupted ? null
                    : !NamesFile(message, tiny) ? "names no file"
                    : !Cure().IsMatch(message) ? "names no cure"
                    : null;
                if (fault is not null || clock.Elapsed.TotalSeconds > 20)
                {
                    faults.Add($"{name}, {input}: {what}: exit {code} {fault} ({clock.Elapsed.TotalSeconds:F0} s)\n    {message.Trim().ReplaceLineEndings("\n    ")}");
                }

                Restore(tiny, one);
            }

            File.WriteAllBytes(tiny[input], bytes);
        }

        faults.ShouldBeEmpty(string.Join("\n", faults));
    }

    private static void Restore(TinyRun tiny, Case one)
    {
        if (one.Restores is { } folder)
        {
            Directory.Delete(tiny[folder], recursive: true);
            TinyRun.Snapshot(tiny["kept"], tiny[folder]);
        }
    }

    private static (int Code, string Message) Invoke(TinyRun tiny, string name, string input, int number)
    {
        var one = Cases[name];
        var output = tiny[$"out-{number}"];
        string[] words = [.. name.Split(',')[0].Split(' '), .. one.Arguments.Split(' ').Select(word =>
        {
            var wanted = word.Split('?');
            return wanted[0] == "INPUT" ? tiny[Case.Named(input, wanted)]
                : word.Contains("OUT", StringComparison.Ordinal) ? word.Replace("OUT", output, StringComparison.Ordinal)
                : word[0] == '@' ? word[1..]
                : Path.Exists(tiny[word]) ? tiny[word]
                : word;
        })];
        Directory.CreateDirectory(output);
        using var errors = new StringWriter();
        var printed = "";
        var code = Outcome.Of(words, () =>
        {
            using var end = new CancellationTokenSource(one.EndsAfter);
            var (result, text) = InvokedVerb.Invoke(RootCommands.Create(new StringReader("How many?\n")), end.Token, words);
            printed = text;
            return result;
        }, errors);
        Directory.Delete(output, recursive: true);
        // check prints its faults as a report.
        return (code, code == 2 && errors.ToString().Length == 0 ? printed : errors.ToString());
    }

    private static bool NamesFile(string message, TinyRun tiny) =>
        message.Contains(tiny["."].TrimEnd('.'), StringComparison.Ordinal) || FileName().IsMatch(message) || message.Contains("--", StringComparison.Ordinal);

    private static int HashOf(string text) => text.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter));

    // A sentence that tells what to do begins with, or has after a comma or colon, a verb in the imperative.
    [GeneratedRegex(
        @"(^|[.;:,(]\s+|\bor |\bthen |\band |\bso |\b[Pp]lease )(use|give|check|restore|delete|remove|write|choose|correct|lower|raise|name|put|add|keep|convert|download|generate|export|save|leave|make|set|move|go|"
        + @"evaluate|bring|try|free|take|split|copy|replace|shorten|start|wait|did you mean|known here|state|must|train|mend|rename|fetch|merge|list|compare|record|run|change|close|quote|indent|fill|point|see|look)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Cure();

    [GeneratedRegex(@"[\w-]+\.(json|jsonl|yaml|safetensors|jinja|gguf|parquet|txt)\b|(^|\s)(/[\w.-]+)+: ", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    private sealed record Case(string Files, string Arguments)
    {
        public string[] Inputs => Files.Split(' ');

        /// <summary>What is made besides <see cref="RightInputs.Write"/>.</summary>
        public Action<TinyRun>? Before { get; init; }

        /// <summary>A folder that the verb changes: put back after each time.</summary>
        public string? Restores { get; init; }

        /// <summary>A verb that measures the machine where its inputs are right: not run where this other one takes them.</summary>
        public string? UnlessRight { get; init; }

        /// <summary>Its time may be over before its work is.</summary>
        public bool MayStop { get; init; }

        /// <summary>It asks for a GPU.</summary>
        public bool MayLackGpu { get; init; }

        /// <summary>When one that would go on for ever is told to end.</summary>
        public TimeSpan EndsAfter { get; init; } = Timeout.InfiniteTimeSpan;

        /// <summary>How it ends with right inputs.</summary>
        public int RightEndsWith { get; init; }

        /// <summary>All codes that right inputs may give; a check may find differences.</summary>
        public int[] Right => MayLackGpu ? [0, 1, 2, 3] : MayStop ? [0, ExitCodes.Interrupted] : RightEndsWith == 0 ? [0, 1] : [RightEndsWith];

        /// <summary>All codes that wrong ones may give.</summary>
        public int[] Allowed => MayStop ? [.. Documented, ExitCodes.Interrupted] : Documented;

        /// <summary>What stands for INPUT: the input; where another file or folder is named behind it, that one for a part of a folder.</summary>
        public static string Named(string input, string[] wanted) => wanted.Length > 1 && input.Contains('/', StringComparison.Ordinal) ? wanted[1] : input;
    }
}
