using System.Text.Json.Nodes;
using TSpin.SelfPlay;
using TSpin.Tests.SelfPlay;
using TSpin.Tuning;

namespace TSpin.Tests.Tuning;

/// <summary>Tuning of <see cref="TinyRun"/>'s model on ten examples: a trial takes a fraction of a second.</summary>
internal sealed class TinyTune : IDisposable
{
    private readonly TinyRun _tiny = new();

    public TinyTune()
    {
        File.WriteAllLines(_tiny["texts.jsonl"], Enumerable.Range(1, 10).Select(n =>
            $$"""{"question": "Ann has {{n}} figs. How many has Ann?", "answer": "Ann has\n{{n}} figs."}"""));
        File.WriteAllLines(_tiny["choices.jsonl"], Enumerable.Range(0, 12).Select(n =>
            $$"""{"q": "Ann has {{n}} figs and", "c": ["buys {{n}}", "How many", "figs {{n % 3}}"], "a": {{n % 3}}}"""));
        File.WriteAllText(_tiny["choices.yaml"], """
            data: choices.jsonl
            doc_to_text: q
            doc_to_choice: c
            doc_to_target: a
            """);
        File.WriteAllLines(_tiny["sums.jsonl"], Enumerable.Range(0, 5).Select(n => $$"""{"q": "{{n}} and no", "a": "zzzzzzzz"}"""));
        File.WriteAllText(_tiny["sums.yaml"], """
            data: sums.jsonl
            doc_to_text: q
            doc_to_target: a
            generation_kwargs:
              max_gen_toks: 3
            """);
    }

    public string this[params string[] parts] => _tiny[parts];

    public TuneSettings Settings(string name) => new()
    {
        Data = [_tiny["texts.jsonl"]],
        Model = _tiny.Model,
        MaxNewTokens = 4,
        Minutes = 1000,
        Output = _tiny[name],
    };

    /// <summary>Tunes; the clock stands unless a test moves it, and the pace is a stated one.</summary>
    public static TuneResult Run(TuneSettings settings, Action<TuneEvent>? watch = null, StandInClock? clock = null,
        CancellationToken cancellation = default) =>
        new TuneRun(settings, watch is null ? null : new Relay<TuneEvent>(watch), clock
            ?? new StandInClock())
        {
            Pace = world => new TunePace(100_000, 10_000, Math.Min(4, world.Facts.MeanAnswerTokens)),
        }.Run(cancellation);

    /// <summary>tune.json without what a clock says and where it lies.</summary>
    public static string Figures(TuneSettings settings)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(settings.Output, "tune.json")))!.AsObject();
        foreach (var part in root["trials"]!.AsArray().Select(trial => trial!.AsObject()).Append(root))
        {
            part.Remove("seconds");
            part.Remove("folder");
            if (part.ContainsKey("not_tried"))
            {
                part["not_tried"] = "";
            }
        }

        return root.ToJsonString();
    }

    public void Dispose() => _tiny.Dispose();
}
