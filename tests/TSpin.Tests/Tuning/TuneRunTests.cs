using System.Text.Json;
using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Tuning;
using Xunit;

namespace TSpin.Tests.Tuning;

/// <summary>Whole runs of tuning on a tiny model.</summary>
public sealed class TuneRunTests
{
    [Fact]
    public void The_best_is_left_as_a_model_with_its_recipe_and_a_report()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned");
        var (clock, seen) = (new StandInClock(), new List<TuneEvent>());
        var result = TinyTune.Run(settings, value =>
        {
            seen.Add(value);
            // Time for SFT, and for nothing behind it but the last training.
            if (value is TuneFinished { Trial.Candidate: { Kind: TuneKind.Sft, Rate: < 2e-4 } })
            {
                clock.Advance(60 * settings.Minutes);
            }
        }, clock);

        // Free texts are chosen by likelihood, which SFT raises; every example is held out once.
        result.Metric.Kind.ShouldBe(TuneMetricKind.Likelihood);
        result.Chosen.Candidate.Kind.ShouldBe(TuneKind.Sft);
        result.Chosen.Result!.Scores.Count.ShouldBe(10);
        result.Verdict.Sentence.ShouldStartWith($"{result.Chosen.Candidate.Title} is better than the base: -");
        result.IsComplete.ShouldBeTrue();
        seen.OfType<TuneSaid>().ShouldContain(said =>
            said.Text == "10 annotated examples: 5 folds, as there are fewer than 200 examples: every one is held out once");
        result.NotTried.Count.ShouldBeGreaterThan(0);
        result.NotTried.ShouldAllBe(trial => trial.Reason!.StartsWith("no time left: it would take about "));

        // The model was trained on all examples, and the recipe makes it again.
        using (var model = DecoderLoader.Load(tiny["tuned", "model"]))
        {
            model.Config.VocabularySize.ShouldBe(280);
        }

        var recipe = RecipeReader.Read(tiny["tuned", "recipe.yaml"], []);
        new SelfPlayRun(recipe, tiny["again"]).Run();
        File.ReadAllBytes(Path.Combine(new RunFolder(tiny["again"]).Checkpoint(0), "model.safetensors"))
            .ShouldBe(File.ReadAllBytes(tiny["tuned", "model", "model.safetensors"]));
        File.ReadLines(tiny["again", "examples.jsonl"]).Count().ShouldBe(10);
        File.ReadLines(tiny["tuned", "trials", "base", "fold-1", "initial",
            "evaluation-answers.jsonl"]).Count().ShouldBe(2);

        var report = File.ReadAllText(tiny["tuned", "report.md"]);
        report.ShouldContain("favour SFT");
        report.ShouldContain("Not tried: ");
        report.ShouldContain($"tspin run {tiny["tuned", "recipe.yaml"]}");
        File.ReadAllText(tiny["tuned", "report.html"]).ShouldContain("<h2>Candidates</h2>");
        var figures = JsonElement.Parse(File.ReadAllText(tiny["tuned", "tune.json"]));
        figures.GetProperty("complete").GetBoolean().ShouldBeTrue();
        figures.GetProperty("chosen").GetString().ShouldBe(result.Chosen.Candidate.Name);
        figures.GetProperty("trials").GetArrayLength().ShouldBe(result.Trials.Count);
    }

    [Fact]
    public void Interrupted_and_continued_it_comes_to_the_same_and_repeats_no_trial()
    {
        using var tiny = new TinyTune();
        var whole = tiny.Settings("whole") with { Task = tiny["choices.yaml"] };
        var result = TinyTune.Run(whole, Limited(out var clock), clock);
        result.Tried.Select(trial => trial.Candidate.Kind).Distinct()
            .ShouldBe([TuneKind.Base, TuneKind.Sft, TuneKind.SftThenTSpin]);
        result.Tried[^1].Outcome!.Iterations.Count.ShouldBe(3);
        result.Tried[^1].Result!.Scores.Count.ShouldBe(12);

        var broken = tiny.Settings("broken") with { Task = tiny["choices.yaml"] };
        using (var stop = new CancellationTokenSource())
        {
            var stopped = TinyTune.Run(broken, value =>
            {
                if (value is TuneMoved { Event: TSpin.SelfPlay.Stepped { Iteration: 1 } })
                {
                    stop.Cancel();
                }
            }, cancellation: stop.Token);
            // The best so far is there, and says what it is.
            stopped.IsComplete.ShouldBeFalse();
            stopped.Tried.Count.ShouldBe(4);
            File.ReadAllText(tiny["broken", "report.md"]).ShouldContain("the same command goes on");
        }

        var done = new List<string>();
        var limited = Limited(out clock);
        TinyTune.Run(broken, value =>
        {
            limited(value);
            if (value is TuneFinished { WasDone: true } finished)
            {
                done.Add(finished.Trial.Candidate.Name);
            }
        }, clock);
        done.Count.ShouldBe(4);
        TinyTune.Figures(broken).ShouldBe(TinyTune.Figures(whole));

        // Once more is nothing but reading; other settings are another folder.
        TinyTune.Run(broken, value => value.ShouldNotBeOfType<TuneStarted>());
        Should.Throw<TSpinException>(() => TinyTune.Run(broken with { Seed = 7 }))
            .Message.ShouldContain("was begun with --seed \"42\", now it is \"7\"");

        // Time for the first trial of T-SPIN after SFT, and for none behind it.
        Action<TuneEvent> Limited(out StandInClock clock)
        {
            var own = clock = new StandInClock();
            return value =>
            {
                if (value is TuneFinished { Trial.Candidate.Kind: TuneKind.SftThenTSpin })
                {
                    own.Advance(60 * tiny.Settings("any").Minutes);
                }
            };
        }
    }

    [Fact]
    public void The_base_wins_where_nothing_is_better_and_nothing_is_copied()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned") with { Task = tiny["sums.yaml"] };
        var clock = new StandInClock();
        Directory.CreateDirectory(tiny["tuned", "model"]);
        var result = TinyTune.Run(settings, value =>
        {
            if (value is TuneFinished { Trial.Candidate.Kind: TuneKind.Sft })
            {
                clock.Advance(60 * settings.Minutes);
            }
        }, clock);
        result.Chosen.Candidate.Kind.ShouldBe(TuneKind.Base);
        result.Verdict.Sentence.ShouldStartWith("Nothing beats the base, which has 0% of 5 held-out examples: the best other, SFT at ");
        Directory.Exists(tiny["tuned", "model"]).ShouldBeFalse();
        File.Exists(tiny["tuned", "recipe.yaml"]).ShouldBeFalse();
        File.ReadAllText(tiny["tuned", "report.md"]).ShouldContain("the base as it is; nothing was copied");
    }

    [Fact]
    public void Self_play_after_fine_tuning_is_one_recipe()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned") with { Task = tiny["choices.yaml"] };
        var world = TuneWorld.Of(settings);
        var sft = new TuneCandidate(TuneKind.Sft, 3e-4);
        var after = new TuneCandidate(TuneKind.SftThenTSpin, 3e-5, sft);
        new SelfPlayRun(world.Recipes.Of(sft, null, null), tiny["first"]).Run();
        new SelfPlayRun(world.Recipes.Of(after, null, new RunFolder(tiny["first"]).Checkpoint(0), 2),
            tiny["second"]).Run();
        new SelfPlayRun(world.Recipes.Of(after, null, null, 2), tiny["both"]).Run();
        File.ReadAllBytes(Path.Combine(new RunFolder(tiny["both"]).Checkpoint(1), "model.safetensors"))
            .ShouldBe(File.ReadAllBytes(Path.Combine(new RunFolder(tiny["second"]).Checkpoint(1),
                "model.safetensors")));
    }

    [Fact]
    public void A_model_that_does_not_fit_is_tuned_by_adapters()
    {
        using var tiny = new TinyTune();
        var world = TuneWorld.Of(tiny.Settings("tuned"));
        world.Recipes.FitInto(long.MaxValue).ShouldBeNull();
        world.Recipes.Lora.IsOn.ShouldBeFalse();
        Should.Throw<TSpinException>(() => world.Recipes.FitInto(1)).Message.ShouldContain("a low-rank adapter needs");
        world.Recipes.Lora.IsOn.ShouldBeTrue();
        world.Recipes.Of(new TuneCandidate(TuneKind.SftThenTSpin, 1e-4), "1/5",
            "adapter").Lora.Adapter.ShouldBe("adapter");
        world.Of(TuneKind.Sft, null)[0].Rate.ShouldBe(TuneRates.OfSft(1, isAdapter: true));
    }

    [Fact]
    public void Too_little_time_and_bad_names_are_said_before_anything_is_tried()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned");
        var begun = new List<TuneEvent>();
        Fault(settings with { Minutes = 1e-4 }).ShouldMatch(@"^--minutes 0\.0001: measuring the base takes about .* and the cheapest candidate .* more\. Give --minutes \d+ or more, or a smaller model\.$");
        Fault(settings with { Model = tiny["nowhere"] }).ShouldContain("nowhere: there is no such folder or file");
        Fault(settings with { Task = "gsm9k" }).ShouldContain("--task gsm9k: there is no such task; did you mean gsm8k?");
        Fault(settings with { Task = "gsm8k" }).ShouldContain("--task gsm8k: asks a dataset; name the folder of datasets with --datasets");
        Fault(settings with { Task = "gsm8k", Datasets = tiny["empty"] }).ShouldContain("gsm8k");
        Fault(settings with { Task = tiny["missing.yaml"] }).ShouldContain("missing.yaml");
        Fault(settings with { MaxNewTokens = 160 }).ShouldContain("--max-new-tokens 160: prompt and answer share the model's 160 positions");
        begun.ShouldNotContain(value => value is TuneStarted);

        string Fault(TuneSettings wrong)
        {
            var output = Directory.CreateDirectory(tiny[Guid.NewGuid().ToString("N")]).FullName;
            return Should.Throw<TSpinException>(() => TinyTune.Run(wrong with { Output = output }, begun.Add)).Message;
        }
    }

    [Fact]
    public void A_plan_says_what_would_be_tried_and_leaves_nothing()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned");
        var plan = new TuneRun(settings).Plan();
        Directory.Exists(settings.Output).ShouldBeFalse();
        plan.Candidates.Select(entry => entry.Candidate.Kind).Distinct()
            .ShouldBe([TuneKind.Base, TuneKind.Prompted, TuneKind.Sft, TuneKind.SftThenTSpin, TuneKind.TSpin]);
        plan.Candidates.ShouldAllBe(entry => entry.Seconds > 0);
        plan.FinalSeconds.ShouldBeGreaterThan(0);
        var text = plan.ToText();
        text.ShouldContain("SFT, then T-SPIN at ");
        text.ShouldContain("once more on all examples");
        (plan with { Minutes = 0.001 }).ToText().ShouldContain("(would not be tried: no time left)");
    }

    [Fact]
    public void Parts_of_labels_alone_are_scored_as_all_examples_are()
    {
        using var tiny = new TinyTune();
        // One text among labels: four of five folds hold labels alone.
        File.WriteAllLines(tiny["texts.jsonl"], Enumerable.Range(1, 10).Select(n =>
            $$"""{"question": "Ann has {{n}} figs. How many has Ann?", "answer": "{{(n == 4 ? "Ann has\\n4 figs." : $"{n}")}}"}"""));
        var settings = tiny.Settings("tuned");
        using var stop = new CancellationTokenSource();
        var result = TinyTune.Run(settings, value =>
        {
            if (value is TuneStarted { Candidate.Kind: not TuneKind.Base })
            {
                stop.Cancel();
            }
        }, cancellation: stop.Token);
        result.Metric.Kind.ShouldBe(TuneMetricKind.Likelihood);
        result.Chosen.Result!.Scores.Count.ShouldBe(10);
        result.Chosen.Result.Scores.ShouldAllBe(score => score < 0);
    }

    [Fact]
    public void Long_prompts_with_examples_leave_room_for_answers()
    {
        using var tiny = new TinyTune();
        var world = TuneWorld.Of(tiny.Settings("tuned"));
        var prompt = world.Recipes.OfBase("1/5", null, 5000).Prompt;
        prompt.MaxPromptTokens.ShouldBe(5000);
        prompt.MaxSequenceTokens.ShouldBeGreaterThanOrEqualTo(5001 + Math.Max(world.Facts.LongestAnswerTokens, world.Facts.MaxNewTokens));
        world.Recipes.OfBase("1/5").Prompt.MaxSequenceTokens.ShouldBe(new PromptSettings().MaxSequenceTokens);
    }

    [Fact]
    public void A_template_that_refuses_examples_costs_only_that_candidate()
    {
        using var tiny = new TinyTune();
        File.WriteAllText(tiny["model", "chat_template.jinja"],
            "{% if messages|length > 2 %}{{ raise_exception('one question at a time') }}{% endif %}{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
        using var stop = new CancellationTokenSource();
        var result = TinyTune.Run(tiny.Settings("tuned"), value =>
        {
            if (value is TuneStarted { Candidate.Kind: TuneKind.Sft })
            {
                stop.Cancel();
            }
        }, cancellation: stop.Token);
        var refused = result.NotTried[0];
        refused.Candidate.Kind.ShouldBe(TuneKind.Prompted);
        refused.Reason!.ShouldContain("one question at a time");
    }

    [Fact]
    public void Examples_of_conversations_show_one_system_turn_in_front()
    {
        using var tiny = new TinyTune();
        ChatTurn[] asked = [new("system", "Be kind."), new("user", "Say it.")];
        AnnotatedExample[] examples = [.. Enumerable.Range(0, 6)
            .Select(n => new AnnotatedExample(n, $"Say {n}.", $"It's {n}", "f", n)
            {
                Turns = [new("system", "Be kind."), new("user", $"Say {n}.")],
            })];
        File.WriteAllText(tiny["model", "chat_template.jinja"],
            "{% for m in messages %}{% if m['role'] == 'system' and not loop.first %}{{ raise_exception('a second system turn') }}{% endif %}<{{ m['role'] }}>{{ m['content'] }}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
        var facts = TuneFacts.Of(tiny.Settings("x"), examples);
        var shown = ShownExamples.Of(facts, tiny["model"], examples, 2, 42, tiny["x"]);
        var template = PromptTemplate.Of(shown.Template, tiny["model"]);
        const string both = @"(<user>Say \d\.<end><assistant>It's \d<end>){2}";
        template.Render(asked).ShouldMatch($"^<system>Be kind\\.<end>{both}<user>Say it\\.<end><assistant>$");
        template.Render("Say it.").ShouldMatch($"^<system>Be kind\\.<end>{both}<user>Say it\\.<end><assistant>$");
    }

    [Fact]
    public void Examples_in_the_prompt_are_a_template_like_any_other()
    {
        using var tiny = new TinyTune();
        AnnotatedExample[] examples = [.. Enumerable.Range(0, 6)
            .Select(n => new AnnotatedExample(n, $"Say \"{n}\".", $"It's\n\\{n}", "f", n))];
        var facts = TuneFacts.Of(tiny.Settings("x") with { Template = "paper" }, examples);
        var plain = ShownExamples.Of(facts, tiny["model"], examples, 2, 42, tiny["x"]);
        plain.Template.Split("### Instruction: ").Length.ShouldBe(4);
        TemplateText.FaultOf(plain.Template).ShouldBeNull();
        PromptTemplate.Parse(plain.Template).Render("Say what?").ShouldEndWith("\n\n### Instruction: Say what?\n\n### Response: ");
        plain.PromptTokens.ShouldBeGreaterThan(facts.LongestPromptTokens);

        File.WriteAllText(tiny["model", "chat_template.jinja"],
            "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
        facts = TuneFacts.Of(tiny.Settings("x"), examples);
        facts.Template.ShouldBe("chat");
        var chat = ShownExamples.Of(facts, tiny["model"], examples, 2, 42, tiny["x"]);
        var rendered = PromptTemplate.Of(chat.Template, tiny["model"]).Render("Say what?");
        rendered.ShouldMatch("^(<user>Say \"\\d\"\\.<end><assistant>It's\n\\\\\\d<end>){2}<user>Say what\\?<end><assistant>$");
    }
}
