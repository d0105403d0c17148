using Shouldly;
using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.Studies;
using Xunit;

namespace TSpin.Tests.Studies;

/// <summary>What a study's file may say, and how its cells are laid out.</summary>
public sealed class StudyFileTests
{
    [Fact]
    public void Cells_are_every_combination_seed_by_seed_and_setting_by_setting()
    {
        using var tiny = new TinyStudy();
        var plan = StudyPlan.Of(tiny.Read("grid", """
            methods:
              - sft
              - name: low
                method: tspin
                set:
                  objective: {alpha: 0.2}
                  training.epochs: 3
                grid:
                  training.learning_rate: [1e-5, 1e-6]
            examples: [4, 2]
            seeds: [5, 6]
            grid:
              training:
                learning_rate: [1e-3, 1e-4]
            """));
        plan.Cells.Count.ShouldBe(2 * 2 * 2 * 2);
        plan.Amounts.ShouldBe([2, 4]);
        plan.Cells.Take(4).Select(cell => cell.Key).ShouldBe([
            "sft | training.learning_rate 1e-3 | 2 examples | seed 5",
            "low | training.learning_rate 1e-5 | 2 examples | seed 5",
            "sft | training.learning_rate 1e-4 | 2 examples | seed 5",
            "low | training.learning_rate 1e-6 | 2 examples | seed 5"]);
        var low = plan.Cells[3].Recipe;
        low.Method.ShouldBe(Methods.TSpin);
        low.Objective.Alpha.ShouldBe(0.2);
        low.Training.Epochs.ShouldBe(3);
        low.Training.LearningRate[0].ShouldBe(1e-6);
        low.Seed.ShouldBe(5UL);
        low.Data.Examples.ShouldBe(2);
        low.Evaluation.Distance.ShouldBe(2);
        plan.Cells[0].Recipe.Training.Epochs.ShouldBe(2);
    }

    [Fact]
    public void A_recipe_may_stand_in_the_study_itself()
    {
        using var tiny = new TinyStudy();
        File.WriteAllText(tiny["own.yaml"], $"""
            recipe:
              model:
                path: {tiny["model"]}
              data:
                train: train.jsonl
                validation: 2
              evaluation:
                data: held-out.jsonl
            methods: tspin
            seeds: 1
            """);
        var plan = StudyPlan.Of(StudyFile.Read(tiny["own.yaml"], []));
        plan.Study.Name.ShouldBe("own");
        plan.Cells.Single().Recipe.Data.Train.ShouldBe([tiny["train.jsonl"]]);
        plan.Cells.Single().Key.ShouldBe("tspin | all examples | seed 1");
    }

    [Theory]
    [InlineData("methods: [sft, tspinn]\nseeds: 1", "faulty.yaml:6:16: methods: tspinn is no method; did you mean \"tspin\"?")]
    [InlineData("methods: [sft, sft]\nseeds: 1", "two methods are called sft; give one of them another name")]
    [InlineData("methods: [sft, {method: tspin, gird: {}}]\nseeds: 1", "unknown key \"gird\"; did you mean \"grid\"?")]
    [InlineData("methods: [sft, {method: tspin, grid: {objective.alpha: [1, 2, 3]}}]\nseeds: 1", "sft has 1, tspin has 3")]
    [InlineData("methods: sft\nseeds: [3, 3]", "seeds: 3 stands there twice; keep it once")]
    [InlineData("methods: sft\nseeds: 1\nreport_on: [validation/exact_match]", "validation chooses the settings, so that what it says of the chosen is too good; report on another task")]
    [InlineData("methods: sft\nseeds: 1\nchoose_on: gsm8k\nreport_on: [gsm8k (sampled)/exact_match]", "gsm8k chooses the settings")]
    [InlineData("methods: sft\nseeds: 1\ndrop: {after_seeds: 1}", "1 of 1 seeds leaves none for the settings that go on; lower it, or give more seeds")]
    [InlineData("methods: sft\nseeds: 1\ngrid: {seed: [1, 2]}", "seed is the study's own, not a grid's; use examples, seeds or methods")]
    [InlineData("methods: sft\nseeds: 1\ngrid: {training.learning_rate: []}", "a list of 0 for training.learning_rate; give a list of 1 to 100 values")]
    [InlineData("methods: sft\nseedz: 1", "seedz: unknown key; did you mean \"seeds\"?")]
    public void Faults_name_the_place_the_value_and_the_cure(string keys, string expected)
    {
        using var tiny = new TinyStudy();
        Should.Throw<RecipeException>(() => tiny.Read("faulty", keys)).Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("methods: [{method: sft, set: {training.epochs: 0}}]\nseeds: 1", ":6:48: training.epochs: 0 is not in [1, ")]
    [InlineData("methods: sft\nseeds: 1\ngrid: {training.lerning_rate: [1]}", "did you mean \"learning_rate\"?")]
    [InlineData("methods: [{method: sft, set: {data.validation: null}}]\nseeds: 1", "choose_on is validation, but the recipe keeps no examples for it")]
    [InlineData("methods: [{method: sft, set: {evaluation.examples: 1}}]\nseeds: 1", "evaluation.examples is 1, which takes other problems under each seed")]
    [InlineData("methods: [{method: sft, set: {evaluation.data: null}}]\nseeds: 1", "the recipe measures nothing to report")]
    [InlineData("methods: [{method: sft, set: {data.prompts: p.jsonl, rejection.draws: 1}}]\nseeds: 1", "data.prompts cannot stand beside data.validation 2")]
    public void Faults_of_a_cells_recipe_are_found_before_anything_is_run(string keys, string expected)
    {
        using var tiny = new TinyStudy();
        var study = tiny.Read("faulty", keys);
        Should.Throw<TSpinException>(() => StudyPlan.Of(study)).Message.ShouldContain(expected);
    }

    [Fact]
    public void The_page_has_every_key()
    {
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "study.md"));
        StudyFile.Schema.Where(entry => !entry.IsSection).Select(entry => entry.Field).ShouldAllBe(field => page.Contains($"| `{field}` |"));
    }

    [Fact]
    public void Too_few_examples_are_refused_before_anything_is_written()
    {
        using var tiny = new TinyStudy();
        var study = tiny.Read("few", "methods: sft\nseeds: 1\nexamples: [2, 5]");
        Should.Throw<TSpinException>(() => new StudyRun(StudyPlan.Of(study)).Require()).Message
            .ShouldEndWith("5 examples are asked for (examples), and there are 4 besides those of data.validation 2. Lower examples, or give more data.");
        Directory.Exists(study.Folder).ShouldBeFalse();
    }
}
