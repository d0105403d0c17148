using Shouldly;
using TSpin.Adapters;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Hub;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.Reports;
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
        var more = Read("model: { path: org/name }\ndata: { train: a.jsonl, prompts: hub:org/set:p.jsonl, validation: hub:org/set:v.jsonl }\nrejection: { draws: 2 }\n");
        more.Data.Prompts.ShouldBe(["hub:org/set:p.jsonl"]);
        more.Data.Validation.ShouldBe("hub:org/set:v.jsonl");
        Read(RecipeWriter.Write(more)).Data.Validation.ShouldBe("hub:org/set:v.jsonl");
        Read("model: { path: org/name }\ndata: { train: a.jsonl, validation: v.jsonl }\n").Data.Validation.ShouldBe(Path.Combine(_folder.Path, "v.jsonl"));

        Read("model: { path: org/here }\ndata: { train: a.jsonl }\n").Model.Path.ShouldBe(Path.Combine(_folder.Path, "org", "here"));
        Read("model: { path: ./org/name }\ndata: { train: org/set }\n").Data.Train.ShouldBe([Path.Combine(_folder.Path, "org", "set")], "data needs the mark");
    }

    [Fact]
    public void A_name_that_is_none_is_a_fault_of_its_line()
    {
        var fault = Should.Throw<RecipeException>(() => Read("model:\n  path: 'hub:../x'\ndata: { train: a.jsonl }\n"));
        fault.Message.ShouldContain(":2");
        fault.Message.ShouldContain("org/name@revision");
        Should.Throw<RecipeException>(() => Read("model: { path: m }\ndata:\n  train: a.jsonl\n  validation: 'hub:../x'\n")).Message.ShouldContain(":4");
    }

    [Fact]
    public void Prompts_and_validation_may_be_on_a_hub()
    {
        using var hub = new LocalHub();
        hub.Add("p-1.jsonl", "{}"u8.ToArray());
        hub.Add("p-2.jsonl", "{}"u8.ToArray());
        hub.Add("validation.jsonl", "{}"u8.ToArray());
        var recipe = new Recipe
        {
            Model = new ModelSettings { Path = "here" },
            Data = new DataSettings { Train = ["train.jsonl"], Prompts = ["hub:org/set:p-*.jsonl", "own.jsonl"], Validation = "hub:org/set:validation.jsonl" },
        };
        Recipe Local(Recipe named) => HubInputs.Fetch(
            named, () => new HubSettings { Endpoint = new Uri(hub.Endpoint), CacheFolder = Path.Combine(_folder.Path, "cache") }, null, TestContext.Current.CancellationToken);
        var data = Local(recipe).Data;
        data.Train.ShouldBe(["train.jsonl"]);
        data.Prompts.ShouldNotBeNull().Select(Path.GetFileName).ShouldBe(["p-1.jsonl", "p-2.jsonl", "own.jsonl"]);
        File.Exists(data.Validation).ShouldBeTrue();
        Should.Throw<TSpinException>(() => Local(recipe with { Data = recipe.Data with { Validation = "hub:org/set:p-*.jsonl" } }))
            .Message.ShouldBe("data.validation: hub:org/set:p-*.jsonl names several files; name one of them.");
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

    [Fact]
    public void Datasets_of_tasks_are_fetched_each_from_its_own_repository_once()
    {
        using var hub = Datasets("main/", "data/validation.jsonl", "data/train.jsonl");
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with
        {
            Evaluation = new EvaluationSettings { Tasks = ["gsm8k", "hellaswag"], Datasets = "hub:", NumFewshot = 1 },
        };
        var local = Fetch(recipe, hub);
        local.Evaluation.Datasets.ShouldBe(Cache);
        hub.Requests.ShouldNotContain(
            request => request.EndsWith("/unasked.jsonl", StringComparison.Ordinal), "only what the tasks read");
        hub.Requests.ShouldContain("GET /api/datasets/openai/gsm8k/revision/main");
        hub.Requests.ShouldContain("GET /api/datasets/Rowan/hellaswag/revision/main");
        var data = new DatasetFolder(local.Evaluation.Datasets!);
        data.Rows(new Gsm8kFewShotTask().Data, "test").Count.ShouldBe(3);
        data.Rows(new Gsm8kFewShotTask().Data, "train").Count.ShouldBe(3);
        data.Rows(new HellaSwagTask().Data, "validation").ShouldHaveSingleItem()
            .Place.ShouldContain("datasets--Rowan--hellaswag");

        // Nobody is asked a second time; and a run's sources do not depend on the commit's name.
        var offline = HubInputs.Fetch(
            recipe, () => new HubSettings { CacheFolder = Cache, Offline = true }, null, TestContext.Current.CancellationToken);
        offline.Evaluation.Datasets.ShouldBe(Cache);
        RunSources.Files(offline).Select(file => file.Role).ShouldContain("evaluation.datasets/openai/gsm8k/main/test.jsonl");
    }

    [Fact]
    public void One_repository_may_hold_the_datasets_and_a_run_asks_them()
    {
        using var hub = Datasets(
            "openai/gsm8k/main/", "Rowan/hellaswag/data/validation.jsonl", "Rowan/hellaswag/data/train.jsonl");
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var local = Fetch(recipe with
        {
            Evaluation = new EvaluationSettings
            {
                Tasks = ["hellaswag"],
                Datasets = "hub:me/collected@v1",
                NumFewshot = 0,
            },
            Training = recipe.Training with { Iterations = 1 },
        }, hub);
        local.Evaluation.Datasets.ShouldBe(Path.Combine(Cache, "datasets--me--collected", "snapshots", LocalHub.Commit));
        hub.Requests.ShouldNotContain(
            request => request.Contains("train.jsonl", StringComparison.Ordinal), "no examples are asked for");
        var folder = Path.Combine(_folder.Path, "run");
        new SelfPlayRun(local, folder).Run(TestContext.Current.CancellationToken);
        RunSummary.Read(folder).LastEvaluated!.Evaluation!.Results.ShouldHaveSingleItem().Task.ShouldBe("hellaswag");
    }

    [Fact]
    public void A_repository_whose_only_file_is_named_for_nothing_is_its_train_split()
    {
        using var hub = new LocalHub();
        hub.Add("ifeval_input_data.jsonl",
            """{"key": 1, "prompt": "No comma.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}""");
        hub.Add("dataset_infos.json", "{}");
        using var tiny = new TinyRun();
        foreach (var name in (string[])["hub:", "hub:google/IFEval"])
        {
            var local = Fetch(
                tiny.Recipe() with { Evaluation = new EvaluationSettings { Tasks = ["ifeval"], Datasets = name } }, hub);
            new DatasetFolder(local.Evaluation.Datasets!).FilesOf(new TaskData("google/IFEval", Test: "train"), "train")
                .ShouldHaveSingleItem().ShouldEndWith("ifeval_input_data.jsonl");
        }
    }

    [Fact]
    public void Without_a_hub_it_is_said_what_to_fetch_and_where_to_put_it()
    {
        using var hub = Datasets("main/");
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with { Evaluation = new EvaluationSettings { Tasks = ["gsm8k"], Datasets = "hub:" } };
        var offline = Should.Throw<HubUnreachableException>(() => HubInputs.Fetch(
            recipe, () => new HubSettings { CacheFolder = Cache, Offline = true }, null, TestContext.Current.CancellationToken));
        offline.Message.ShouldStartWith("evaluation.datasets: openai/gsm8k is not (wholly) in the cache");
        offline.Message.ShouldContain("Fetch it from huggingface.co/datasets/openai/gsm8k and put it at "
            + "openai/gsm8k/main/test.parquet and openai/gsm8k/main/train.parquet");
        offline.ExitCode.ShouldBe(3);
        Should.Throw<TSpinException>(() => Fetch(Asking(recipe, "hub:", "hellaswag"), hub))
            .Message.ShouldContain("Rowan/hellaswag: has no split validation of Rowan/hellaswag; it holds main/test.jsonl");
        Should.Throw<TSpinException>(() => Fetch(Asking(recipe, "hub:openai/gsm8k:main/test.jsonl", "gsm8k"), hub))
            .Message.ShouldContain("Name the repository alone: hub:openai/gsm8k.");

        // The cache holds the evaluated split at this commit, and the examples are still fetched.
        var pinned = Asking(recipe, $"hub:openai/gsm8k@{LocalHub.Commit}", "gsm8k");
        Fetch(pinned with { Evaluation = pinned.Evaluation with { NumFewshot = 0 } }, hub);
        var more = Fetch(pinned, hub);
        new DatasetFolder(more.Evaluation.Datasets!).Rows(new Gsm8kFewShotTask().Data, "train").Count.ShouldBe(3);
    }

    [Fact]
    public void Recipes_and_task_files_take_names_for_datasets_and_rows()
    {
        foreach (var name in (string[])["hub:", "hub:me/all@v1"])
        {
            Read($"model: {{ path: m }}\ndata: {{ train: a }}\nevaluation: {{ tasks: [mmlu], datasets: '{name}' }}\n")
                .Evaluation.Datasets.ShouldBe(name);
        }

        Should.Throw<RecipeException>(() => Read("model: { path: 'hub:' }\ndata: { train: a.jsonl }\n"))
            .Message.ShouldContain("org/name@revision");

        using var hub = new LocalHub();
        hub.Add("test.jsonl", """{"q": "1+1", "a": "2"}""" + "\n");
        hub.Add("train.jsonl", """{"q": "2+1", "a": "3"}""" + "\n");
        var task = Path.Combine(_folder.Path, "sums.yaml");
        File.WriteAllText(
            task, "data: hub:org/set\nfewshot_data: 'hub:org/set:tr*.jsonl'\ndoc_to_text: q\ndoc_to_target: a\n");
        TaskFile.Read(task).Name.ShouldBe("sums");
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with { Evaluation = new EvaluationSettings { Tasks = [task] } };
        Fetch(recipe, hub);
        hub.Requests.ShouldContain($"HEAD /datasets/org/set/resolve/{LocalHub.Commit}/test.jsonl");
        hub.Requests.ShouldContain($"HEAD /datasets/org/set/resolve/{LocalHub.Commit}/train.jsonl");
        HubSnapshot.DatasetInCache(Cache, new HubReference("org/set"), HubSplit.HeldOut)
            .ShouldHaveSingleItem().ShouldEndWith("test.jsonl");
        File.WriteAllText(task, "data: hub:org/set:none.jsonl\ndoc_to_text: q\ndoc_to_target: a\n");
        Should.Throw<TSpinException>(() => Fetch(recipe, hub)).Message.ShouldStartWith($"{task}: data: org/set@main has no file none.jsonl");
    }

    // Three problems of GSM8K, some for examples, and what nobody asks for.
    private static LocalHub Datasets(string place, params string[] others)
    {
        var hub = new LocalHub();
        foreach (var split in (string[])["test", "train", "unasked"])
        {
            hub.Add($"{place}{split}.jsonl", string.Concat(Enumerable.Range(0, 3)
                .Select(i => $$"""{"question": "{{split}}: {{i}} figs?", "answer": "{{i}} figs.\n#### {{i}}"}""" + "\n")));
        }

        foreach (var file in others)
        {
            hub.Add(file, """{"ind": 1, "activity_label": "Figs", "ctx_a": "A", "ctx_b": "b", "ctx": "A b","""
                + """ "endings": ["x", "y"], "label": "1"}""");
        }

        return hub;
    }

    private static Recipe Asking(Recipe recipe, string datasets, string task) =>
        recipe with { Evaluation = recipe.Evaluation with { Datasets = datasets, Tasks = [task] } };

    private string Cache => Path.Combine(_folder.Path, "cache");

    private Recipe Fetch(Recipe recipe, LocalHub hub) => HubInputs.Fetch(
        recipe, () => new HubSettings { Endpoint = new Uri(hub.Endpoint), CacheFolder = Cache }, null, TestContext.Current.CancellationToken);

    private Recipe Read(string yaml)
    {
        var path = Path.Combine(_folder.Path, "recipe.yaml");
        File.WriteAllText(path, yaml);
        return RecipeReader.Read(path, []);
    }
}
