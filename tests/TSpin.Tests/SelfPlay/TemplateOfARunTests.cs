using System.Text.Json.Nodes;
using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>What a run fixes for its chat template: the file, wherever the run is started from, and the time.</summary>
public sealed class TemplateOfARunTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_run_that_is_continued_another_day_renders_the_prompts_of_its_first()
    {
        File.WriteAllText(_tiny["dated.jinja"], "{{ strftime_now('%Y-%m-%d') }} {% for m in messages %}{{ m.role[0] }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}a:{% endif %}");
        var recipe = _tiny.Recipe() with { Prompt = new PromptSettings { Template = _tiny["dated.jinja"], MaxPromptTokens = 80, MaxSequenceTokens = 160 } };
        var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => _tiny.Run(recipe, "run", progress => Stop(progress is Generated, stop), stop.Token));

        // As if that had been in 2001.
        var status = JsonNode.Parse(File.ReadAllText(_tiny["run", "run.json"]))!;
        status["started"] = "2001-02-03T23:30:00+00:00";
        File.WriteAllText(_tiny["run", "run.json"], status.ToJsonString());
        _tiny.Run(recipe, "run");

        var prompts = Directory.EnumerateFiles(_tiny["run"], "*.jsonl", SearchOption.AllDirectories).SelectMany(File.ReadLines).Where(line => line.Contains("u:Ann", StringComparison.Ordinal)).ToArray();
        prompts.ShouldNotBeEmpty();
        prompts.ShouldAllBe(line => line.Contains("2001-02-03 u:Ann", StringComparison.Ordinal));

        static void Stop(bool now, CancellationTokenSource stop)
        {
            if (now)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void A_clock_that_stands_still_shows_UTC() =>
        new FixedClock(new DateTimeOffset(2024, 7, 1, 1, 30, 0, TimeSpan.FromHours(2))).GetLocalNow().ShouldBe(new DateTimeOffset(2024, 6, 30, 23, 30, 0, TimeSpan.Zero));

    [Fact]
    public void A_template_file_is_found_from_the_recipes_folder_and_an_overrides_from_the_current_one()
    {
        Directory.CreateDirectory(_tiny["recipes"]);
        File.WriteAllText(_tiny["recipes", "own.yaml"], $"model:\n  path: {_tiny.Model}\ndata:\n  train: {_tiny.Train}\nprompt:\n  template: templates/own.jinja\n");
        RecipeReader.Read(_tiny["recipes", "own.yaml"], []).Prompt.Template.ShouldBe(_tiny["recipes", "templates", "own.jinja"]);
        RecipeReader.Read(_tiny["recipes", "own.yaml"], ["prompt.template=own.jinja"]).Prompt.Template.ShouldBe(Path.GetFullPath("own.jinja"));
        foreach (var name in (string[])["chat", "chat:x.jinja", "paper", "{prompt}.jinja"])
        {
            RecipeReader.Read(_tiny["recipes", "own.yaml"], [$"prompt.template={name}"]).Prompt.Template.ShouldBe(name);
        }
    }
}
