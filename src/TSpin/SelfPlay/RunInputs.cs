using System.Text.Json;
using TSpin.ChatTemplates;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Tokenizers;
using TSpin.Triplets;

namespace TSpin.SelfPlay;

/// <summary>What a run trains and is measured on: examples, held-out problems, prompts as token ids, triplets.</summary>
internal sealed class RunInputs(Recipe recipe, RunFolder folder, IProgress<RunEvent>? progress)
{
    private bool _saidHeldOut;
    private IReadOnlyList<int[]>? _annotated;

    /// <summary>The recipe's prompt limits, no larger than the model's positions allow.</summary>
    public PromptSettings PromptLimits => recipe.Prompt.Within(DecoderConfigReader.Read(recipe.Model.Path).LongestSequence, recipe.Generation.MaxNewTokens);

    /// <summary>How responses are sampled.</summary>
    public SamplingOptions Sampling => new()
    {
        MaxNewTokens = recipe.Generation.MaxNewTokens,
        Temperature = recipe.Generation.Temperature,
        TopP = recipe.Generation.TopP,
        TopK = recipe.Generation.TopK,
        BatchSize = recipe.Generation.BatchSize,
        StopTexts = recipe.Generation.Stop,
    };

    public ExampleLine[] SelectExamples(RunManifest manifest)
    {
        if (manifest.Contains(folder.Examples))
        {
            manifest.Verify(folder.Examples);
            return [.. JsonLinesReader.Read<ExampleLine>(folder.Examples)];
        }

        var data = recipe.Data;
        var set = ExampleReader.ReadSubset(data.Train, data.Format, data.SkipBad, data.Columns, data.Examples, recipe.Seed, data.Turns);
        var chosen = set.Examples.Select((example, i) => new ExampleLine(i, example.Prompt, example.Response) { Turns = example.Turns }).ToArray();
        AtomicFile.Write(folder.Examples, stream =>
        {
            foreach (var line in chosen)
            {
                JsonSerializer.Serialize(stream, line, JsonLinesFormat.Default);
                stream.WriteByte((byte)'\n');
            }
        });
        manifest.Add(folder.Examples);
        var notUsed = set.NotUsed.Length > 0 ? $"; {set.NotUsed}" : "";
        var skipped = set.Skipped.Count > 0 ? $", {set.Skipped.Count} bad lines skipped" : "";
        progress?.Report(new Noticed(-1, $"{chosen.Length} of {set.Total} annotated examples ({set.Format}){skipped}{notUsed}"));
        return chosen;
    }

    public IReadOnlyList<AnnotatedExample> HeldOutExamples(ExampleLine[] training)
    {
        if (recipe.Evaluation.Data is not { } files)
        {
            return [];
        }

        var settings = recipe.Evaluation;
        var set = ExampleReader.ReadSubset(files, settings.Format, skipBad: false, settings.Columns, settings.Examples, recipe.Seed, settings.Turns);
        if (set.NotUsed.Length > 0 && !_saidHeldOut)
        {
            progress?.Report(new Noticed(-1, $"evaluation.data: {set.NotUsed}"));
            _saidHeldOut = true;
        }

        var chosen = set.Examples;
        var seen = training.Select(line => line.Prompt).ToHashSet(StringComparer.Ordinal);
        if (chosen.Count(example => seen.Contains(example.Prompt)) is var shared and > 0)
        {
            progress?.Report(new Noticed(-1, $"{shared} of {chosen.Count} evaluation prompts are training prompts too: the scores are too good", IsAlarm: true));
        }

        return chosen;
    }

    /// <summary>The recipe's template. A chat template's clock shows when the run was first started, so that a run that is continued tomorrow renders the prompts of today.</summary>
    public PromptTemplate Template() =>
        PromptTemplate.Of(recipe.Prompt, recipe.Model.Path, RunStatus.Read(folder.Run) is { } status ? new FixedClock(status.Started) : null);

    /// <summary>The recipe's way from words to tokens.</summary>
    public PromptEncoder Encoder(Tokenizer tokenizer, DecoderConfig config) => new(Template(), tokenizer, config);

    public PromptTokens[] RenderPrompts(Tokenizer tokenizer, ExampleLine[] examples)
    {
        var limits = PromptLimits;
        var encoder = Encoder(tokenizer, DecoderConfigReader.Read(recipe.Model.Path));
        foreach (var sentence in tokenizer.NotFollowed)
        {
            progress?.Report(new Noticed(-1, sentence));
        }

        progress?.Report(new Noticed(-1, $"ends of a response: {encoder.Ends}"));
        var whole = encoder.Prompts([.. examples.Select(example => example.Asked)]);
        if (whole.Count(prompt => prompt.Ids.Length > limits.MaxPromptTokens) is var cut and > 0)
        {
            var limit = limits.MaxPromptTokens == recipe.Prompt.MaxPromptTokens ? $"prompt.max_prompt_tokens {limits.MaxPromptTokens}"
                : $"{limits.MaxPromptTokens} tokens, which leaves room for an answer in the model's {DecoderConfigReader.Read(recipe.Model.Path).LongestSequence} positions,";
            progress?.Report(new Noticed(-1, $"{cut} of {whole.Count} prompts cut to {limit} at the {recipe.Prompt.Truncate.ToString().ToLowerInvariant()}"));
        }

        return [.. whole.Select(prompt => prompt with { Ids = TripletBuilder.Truncate(prompt.Ids, limits, encoder.BeginId) })];
    }

    /// <summary>Encodes and checks all that training and evaluation will need, before hours are spent on what comes before them.</summary>
    /// <returns>The model's configuration.</returns>
    public DecoderConfig RequireTrainable(Tokenizer tokenizer, ExampleLine[] examples, PromptTokens[] prompts, IReadOnlyList<AnnotatedExample> heldOut)
    {
        var config = DecoderConfigReader.Read(recipe.Model.Path);
        var encoder = Encoder(tokenizer, config);
        Sampling.Validate();
        _annotated = encoder.Responses(examples.Select(example => (example.Asked, example.Response)));
        var builder = new TripletBuilder(PromptLimits, encoder.EndId);
        for (var i = 0; i < examples.Length; i++)
        {
            builder.Add(i, prompts[i].Ids, _annotated[i], null, null);
        }

        encoder.Responses(heldOut.Select(example => (example.Asked, example.Response)));
        if (LearningRate.IsAlwaysZero(BatchOrder.Steps(examples.Length, recipe.Training.BatchSize, recipe.Training.Epochs), recipe.Training) is { } reason)
        {
            RunAlarms.Raise(folder, new TrainingAlarm(-1, 0, "learning-rate-zero", reason), progress);
        }

        return config;
    }

    public IReadOnlyList<Triplet> BuildTriplets(Tokenizer tokenizer, DecoderConfig config, ExampleLine[] examples, PromptTokens[] prompts, int iteration)
    {
        var encoder = Encoder(tokenizer, config);
        var annotated = _annotated ?? encoder.Responses(examples.Select(example => (example.Asked, example.Response)));
        var synthetic = recipe.Method != Method.Sft ? ReadResponses(iteration) : null;
        var proto = recipe.Method != Method.Sft && recipe.Method is Method.TSpin or Method.TSpinRef ? ReadResponses(0) : null;
        var builder = new TripletBuilder(PromptLimits, encoder.EndId, encoder.BeginId);
        for (var i = 0; i < examples.Length; i++)
        {
            builder.Add(i, prompts[i].Ids, annotated[i], synthetic?[i], proto?[i]);
        }

        var set = builder.Build();
        foreach (var (count, what) in new[]
        {
            (set.ResponsesTruncated, "responses cut at prompt.max_sequence_tokens"),
            (set.SyntheticIsAnnotated, "synthetic responses equal to the annotated one: their first term is constant"),
            (iteration > 0 ? set.SyntheticIsProto : 0, "synthetic responses equal to the proto-synthetic one: their second term is constant"),
        })
        {
            if (count > 0)
            {
                progress?.Report(new Noticed(iteration, $"{examples.Length} triplets: {count} {what}"));
            }
        }

        return set.Triplets;
    }

    private Dictionary<int, int[]> ReadResponses(int iteration) =>
        ResponseFile.Read(folder.Responses(iteration)).ToDictionary(line => line.Index, line => line.Tokens);
}
