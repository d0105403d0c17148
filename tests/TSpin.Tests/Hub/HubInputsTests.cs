using Shouldly;
using TSpin.Adapters;
using TSpin.Hub;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Hub;

public sealed class HubInputsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_recipe_reads_names_and_paths_apart()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "org", "here"));
        var recipe = Read("model: { path: org/name@v2 }\ndata: { train: [hub:org/set:a.jsonl, local.jsonl] }\nevaluation: { data: 'hub:org/set:b.jsonl' }\n");
        recipe.Model.Path.ShouldBe("hub:org/name@v2");
        recipe.Data.Train.ShouldBe(["hub:org/set:a.jsonl", Path.Combine(_folder.Path, "local.jsonl")]);
        recipe.Evaluation.Data.ShouldBe(["hub:org/set:b.jsonl"]);

        Read("model: { path: org/here }\ndata: { train: a.jsonl }\n").Model.Path.ShouldBe(Path.Combine(_folder.Path, "org", "here"));
        Read("model: { path: ./org/name }\ndata: { train: org/set }\n").Data.Train.ShouldBe([Path.Combine(_folder.Path, "org", "set")], "data needs the mark");
    }

    [Fact]
    public void A_name_that_is_none_is_a_fault_of_its_line()
    {
        var fault = Should.Throw<RecipeException>(() => Read("model:\n  path: 'hub:../x'\ndata: { train: a.jsonl }\n"));
        fault.Message.ShouldContain(":2");
        fault.Message.ShouldContain("org/name@revision");
    }

    [Fact]
    public void A_run_starts_from_a_model_and_data_on_a_hub()
    {
        using var hub = new LocalHub();
        using var tiny = new TinyRun();
        foreach (var file in Directory.GetFiles(tiny.Model))
        {
            hub.Add(Path.GetFileName(file), File.ReadAllBytes(file), large: file.EndsWith(".safetensors", StringComparison.Ordinal));
        }

        hub.Add("train.jsonl", File.ReadAllBytes(tiny.Train));
        hub.Add("test.jsonl", File.ReadAllBytes(tiny.HeldOut));
        var recipe = tiny.Recipe();
        var named = recipe with
        {
            Model = recipe.Model with { Path = "hub:org/name" },
            Data = recipe.Data with { Train = ["hub:org/set"] },
            Evaluation = recipe.Evaluation with { Data = ["hub:org/set"] },
        };
        var seen = new List<RunEvent>();
        var local = HubInputs.Fetch(
            named, () => new HubSettings { Endpoint = new Uri(hub.Endpoint), CacheFolder = Path.Combine(_folder.Path, "cache") },
            new Relay<RunEvent>(seen.Add), TestContext.Current.CancellationToken);
        local.Model.Path.ShouldEndWith(LocalHub.Commit);
        local.Evaluation.Data.ShouldNotBeNull().ShouldHaveSingleItem().ShouldEndWith("test.jsonl");
        seen.OfType<Downloaded>().ShouldNotBeEmpty();

        var folder = Path.Combine(_folder.Path, "run");
        new SelfPlayRun(local, folder).Run(TestContext.Current.CancellationToken);
        File.Exists(Path.Combine(folder, "report.html")).ShouldBeTrue();
    }

    [Fact]
    public void An_adapter_to_go_on_from_may_be_on_a_hub()
    {
        using var hub = new LocalHub();
        using var tiny = new TinyRun();
        using (var model = DecoderLoader.Load(tiny.Model))
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 3 }, model, 1))
        {
            Directory.CreateDirectory(tiny["adapter"]);
            adapter.Save(tiny["adapter"]);
        }

        foreach (var file in Directory.GetFiles(tiny["adapter"]))
        {
            hub.Add(Path.GetFileName(file), File.ReadAllBytes(file), large: file.EndsWith(".safetensors", StringComparison.Ordinal));
        }

        Read("model: { path: ./model }\ndata: { train: a.jsonl }\nlora: { adapter: org/name@v2 }\n").Lora.Adapter.ShouldBe("hub:org/name@v2");
        var local = HubInputs.Fetch(
            tiny.Recipe() with { Lora = new LoraSettings { Adapter = "hub:org/name" } },
            () => new HubSettings { Endpoint = new Uri(hub.Endpoint), CacheFolder = Path.Combine(_folder.Path, "cache") }, null, TestContext.Current.CancellationToken);
        StartingAdapter.Shape(local)!.Rank.ShouldBe(3);
        local.Model.Path.ShouldBe(tiny.Model);
    }

    [Fact]
    public void The_field_is_named_where_a_repository_is_missing()
    {
        using var hub = new LocalHub();
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var named = recipe with { Data = recipe.Data with { Train = ["hub:org/set:none.jsonl"] } };
        Should.Throw<TSpinException>(() => HubInputs.Fetch(
            named, () => new HubSettings { Endpoint = new Uri(hub.Endpoint), CacheFolder = _folder.Path }, null, TestContext.Current.CancellationToken))
            .Message.ShouldStartWith("data.train: org/set@main has no file none.jsonl");
    }

    [Fact]
    public void Paths_alone_ask_for_no_settings()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        HubInputs.Fetch(recipe, () => throw new InvalidOperationException("asked"), null, CancellationToken.None).ShouldBeSameAs(recipe);
        HubInputs.Model(_folder.Path, () => throw new InvalidOperationException("asked"), null, CancellationToken.None).ShouldBe(_folder.Path);
    }

    private Recipe Read(string yaml)
    {
        var path = Path.Combine(_folder.Path, "recipe.yaml");
        File.WriteAllText(path, yaml);
        return RecipeReader.Read(path, []);
    }
}
