using Shouldly;
using TSpin.Hub;
using Xunit;

namespace TSpin.Tests.Hub;

public sealed class HubSnapshotTests : IDisposable
{
    private readonly LocalHub _hub = new();
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _weights = LocalHub.Content(300_000, 1);
    private readonly HubReference _model = new("org/name");

    public HubSnapshotTests()
    {
        _hub.Add("config.json", """{"model_type":"llama"}""");
        _hub.Add("tokenizer.json", "{}");
        _hub.Add("model.safetensors", _weights, large: true);
        _hub.Add("pytorch_model.bin", [1, 2, 3], large: true);
        _hub.Add("README.md", "hello");
        _hub.Add("onnx/model.onnx", LocalHub.Content(1000, 2), large: true);
    }

    private HubSettings Settings => new() { Endpoint = new Uri(_hub.Endpoint), CacheFolder = _folder.Path, FirstPause = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromSeconds(20) };

    private string Repository => Path.Combine(_folder.Path, "models--org--name");

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_model_arrives_in_the_layout_that_huggingface_hub_uses()
    {
        var snapshot = await Model();
        snapshot.ShouldBe(Path.Combine(Repository, "snapshots", LocalHub.Commit));
        Names(snapshot).ShouldBe(["config.json", "model.safetensors", "tokenizer.json"]);
        (await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors"), Cancel)).ShouldBe(_weights);
        File.ReadAllText(Path.Combine(Repository, "refs", "main")).ShouldBe(LocalHub.Commit);

        var link = new FileInfo(Path.Combine(snapshot, "tokenizer.json")).LinkTarget!;
        link.ShouldBe("../../blobs/" + LocalHub.GitName("{}"u8.ToArray()));
        Directory.GetFiles(Path.Combine(Repository, "blobs")).ShouldAllBe(file => !file.EndsWith(".incomplete"));
        _hub.Requests.ShouldNotContain(request => request.Contains(".bin", StringComparison.Ordinal) || request.Contains("onnx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_second_time_only_the_listing_is_asked_for_and_a_known_commit_not_even_that()
    {
        await Model();
        _hub.Requests.Clear();
        await Model();
        _hub.Requests.ShouldBe(["GET /api/models/org/name/revision/main"]);
        _hub.Requests.Clear();
        await Model(_model with { Revision = LocalHub.Commit });
        _hub.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_that_Python_left_without_its_tokenizer_gets_it_and_serves_without_it_where_nobody_answers()
    {
        var commit = _model with { Revision = LocalHub.Commit };
        var snapshot = await Model(commit);
        File.Delete(Path.Combine(snapshot, "tokenizer.json"));
        (await Model(commit, Settings with { Offline = true })).ShouldBe(snapshot);
        Names(snapshot).ShouldBe(["config.json", "model.safetensors"]);
        await Model(commit);
        Names(snapshot).ShouldBe(["config.json", "model.safetensors", "tokenizer.json"]);
    }

    [Fact]
    public async Task A_broken_download_continues_where_it_stopped()
    {
        _hub.BreaksAfter.Enqueue(100_000);
        _hub.BreaksAfter.Enqueue(50_000);
        var snapshot = await Model();
        (await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors"), Cancel)).ShouldBe(_weights);
        _hub.RangesAskedOfStore.Count.ShouldBe(2);
        _hub.RangesAskedOfStore.ShouldAllBe(range => range.StartsWith("bytes=") && range != "bytes=0-");
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_continued_too()
    {
        await Model();
        var blob = new FileInfo(Path.Combine(Repository, "snapshots", LocalHub.Commit, "model.safetensors")).ResolveLinkTarget(true)!.FullName;
        File.Delete(Path.Combine(Repository, "snapshots", LocalHub.Commit, "model.safetensors"));
        File.Delete(blob);
        await File.WriteAllBytesAsync(blob + ".incomplete", _weights[..123_456], Cancel);
        await Model();
        _hub.RangesAskedOfStore.ShouldBe(["bytes=123456-"]);
        (await File.ReadAllBytesAsync(blob, Cancel)).ShouldBe(_weights);
    }

    [Fact]
    public async Task A_server_without_ranges_sends_the_whole_again()
    {
        _hub.StoreIgnoresRanges = true;
        _hub.BreaksAfter.Enqueue(100_000);
        var snapshot = await Model();
        (await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors"), Cancel)).ShouldBe(_weights);
    }

    [Fact]
    public async Task A_content_that_is_not_what_its_name_says_is_deleted()
    {
        _hub.StoreAlters = true;
        (await Should.ThrowAsync<TSpinException>(() => Model())).Message.ShouldContain("are not the content named");
        Directory.GetFiles(Path.Combine(Repository, "blobs"), "*.incomplete").ShouldBeEmpty();
        File.Exists(Path.Combine(Repository, "refs", "main")).ShouldBeFalse();
        _hub.StoreAlters = false;
        await Model();
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_no_other_host()
    {
        _hub.TokenWanted = "hf_secret";
        (await Should.ThrowAsync<TSpinException>(() => Model())).Message.ShouldContain("no HF_TOKEN is set");
        await Model(settings: Settings with { Token = "hf_secret" });
        _hub.StoreSawToken.ShouldBeFalse();
        _hub.Requests.ShouldContain("store GET /model.safetensors");
    }

    [Fact]
    public async Task A_busy_or_failing_server_is_asked_again()
    {
        _hub.Faults.Enqueue((503, null, null));
        _hub.Faults.Enqueue((429, null, "0"));
        _hub.Faults.Enqueue((500, null, null));
        await Model();

        for (var i = 0; i < 5; i++)
        {
            _hub.Faults.Enqueue((502, null, null));
        }

        // The cache has this revision whole, so a hub out of order is no reason to stop.
        await Model();
        var fault = await Should.ThrowAsync<HubUnreachableException>(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                _hub.Faults.Enqueue((502, null, null));
            }

            await Model(_model with { Revision = "v1" });
        });
        fault.Message.ShouldContain("5 tries");
        fault.ExitCode.ShouldBe(3);
    }

    [Theory]
    [InlineData(403, "GatedRepo", "Accept its terms")]
    [InlineData(401, "RepoNotFound", "no such model")]
    [InlineData(404, "RepoNotFound", "no such model")]
    [InlineData(404, "RevisionNotFound", "no revision 'main'")]
    [InlineData(418, null, "418")]
    public async Task A_refusal_says_what_to_do(int status, string? code, string words)
    {
        _hub.Faults.Enqueue((status, code, null));
        var fault = await Should.ThrowAsync<TSpinException>(() => Model());
        fault.Message.ShouldContain(words);
        _hub.Requests.Count.ShouldBe(1, "a refusal is final");
    }

    [Fact]
    public async Task An_unknown_revision_is_named() =>
        (await Should.ThrowAsync<TSpinException>(() => Model(_model with { Revision = "nope" }))).Message.ShouldContain("no revision 'nope'");

    [Fact]
    public async Task A_renamed_repository_is_followed()
    {
        _hub.RenamedTo = "org/newname";
        var snapshot = await Model();
        Names(snapshot).Length.ShouldBe(3);
    }

    [Fact]
    public async Task Offline_takes_the_cache_and_asks_nobody()
    {
        var offline = Settings with { Offline = true };
        (await Should.ThrowAsync<TSpinException>(() => Model(settings: offline))).Message.ShouldContain("HF_HUB_OFFLINE");
        _hub.Requests.ShouldBeEmpty();
        var snapshot = await Model();
        _hub.Requests.Clear();
        (await Model(settings: offline)).ShouldBe(snapshot);
        _hub.Requests.ShouldBeEmpty();

        File.Delete(new FileInfo(Path.Combine(snapshot, "model.safetensors")).ResolveLinkTarget(true)!.FullName);
        (await Should.ThrowAsync<TSpinException>(() => Model(settings: offline))).Message.ShouldContain("not (wholly) in the cache");
    }

    [Fact]
    public async Task Shards_are_those_the_index_names()
    {
        _hub.Add("sharded/ignored.safetensors", [1]);
        using var hub = new LocalHub();
        hub.Add("config.json", "{}");
        hub.Add("model.safetensors.index.json", """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}""");
        hub.Add("model-00001-of-00002.safetensors", LocalHub.Content(500, 3), large: true);
        hub.Add("model-00002-of-00002.safetensors", LocalHub.Content(700, 4), large: true);
        hub.Add("consolidated.safetensors", LocalHub.Content(900, 5), large: true);
        var snapshot = await Model(settings: Settings with { Endpoint = new Uri(hub.Endpoint) });
        Names(snapshot).ShouldBe(["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]);
    }

    [Fact]
    public async Task Pickles_alone_are_refused_and_gguf_files_are_offered()
    {
        using var hub = new LocalHub();
        hub.Add("config.json", "{}");
        hub.Add("pytorch_model.bin", [1]);
        var settings = Settings with { Endpoint = new Uri(hub.Endpoint) };
        (await Should.ThrowAsync<TSpinException>(() => Model(settings: settings))).Message.ShouldContain("pickle");
        hub.Add("small.gguf", LocalHub.Content(100, 6), large: true);
        hub.Add("large.gguf", LocalHub.Content(100, 7), large: true);
        using var other = new LocalHub();
        other.Add("small.gguf", LocalHub.Content(100, 6), large: true);
        settings = Settings with { Endpoint = new Uri(other.Endpoint), CacheFolder = Path.Combine(_folder.Path, "other") };
        (await Should.ThrowAsync<TSpinException>(() => Model(settings: settings))).Message.ShouldContain("hub:org/name:small.gguf");
        var file = await Model(_model with { Files = "small.gguf" }, settings);
        (await File.ReadAllBytesAsync(file, Cancel)).ShouldBe(LocalHub.Content(100, 6));
        (await Should.ThrowAsync<TSpinException>(() => Model(_model with { Files = "tiny.gguf" }, settings))).Message.ShouldContain("It has: small.gguf");
    }

    [Theory]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":"../../evil.json"}]}""", "evil.json")]
    [InlineData("""{"sha":"../..","siblings":[]}""", "not a hub's listing")]
    [InlineData("<html>", "not a hub's listing")]
    [InlineData("[]", "not a hub's listing")]
    public async Task A_listing_that_no_hub_makes_is_refused(string listing, string words)
    {
        _hub.Listing = listing;
        (await Should.ThrowAsync<TSpinException>(() => Model())).Message.ShouldContain(words);
        Directory.Exists(Repository).ShouldBeFalse();
    }

    [Fact]
    public async Task Two_at_once_fetch_every_file_once()
    {
        await Task.WhenAll(Task.Run(() => Model()), Task.Run(() => Model()));
        _hub.Requests.Count(request => request == "store GET /model.safetensors").ShouldBe(1);
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_arrived()
    {
        using var stop = new CancellationTokenSource();
        using var snapshot = new HubSnapshot(Settings, new Progress(progress =>
        {
            if (progress is { File: "model.safetensors", Bytes: > 100_000 })
            {
                stop.Cancel();
            }
        }));
        await Should.ThrowAsync<OperationCanceledException>(() => snapshot.ModelAsync(_model, stop.Token));
        var left = Directory.GetFiles(Path.Combine(Repository, "blobs"), "*.incomplete").ShouldHaveSingleItem();
        new FileInfo(left).Length.ShouldBeGreaterThan(100_000 - 1);
        await Model();
        _hub.RangesAskedOfStore.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Progress_ends_at_the_sum_of_all_files()
    {
        HubProgress? last = null;
        using (var snapshot = new HubSnapshot(Settings, new Progress(progress => last = progress)))
        {
            await snapshot.ModelAsync(_model, Cancel);
        }

        last!.File.ShouldBe("model.safetensors");
        last.Bytes.ShouldBe(last.TotalBytes);
        last.SecondsLeft.ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_there_says_how_to_go_on_without()
    {
        var address = _hub.Endpoint;
        _hub.Dispose();
        var fault = await Should.ThrowAsync<HubUnreachableException>(() => Model(settings: Settings with { Endpoint = new Uri(address), Attempts = 2 }));
        fault.Message.ShouldContain("HF_HUB_OFFLINE");
    }

    [Fact]
    public async Task Datasets_by_name_by_split_and_by_pattern()
    {
        using var hub = new LocalHub();
        hub.Add("data/train_sft-00000-of-00002.parquet", [1], large: true);
        hub.Add("data/train_sft-00001-of-00002.parquet", [2], large: true);
        hub.Add("data/train_gen-00000-of-00001.parquet", [4], large: true);
        hub.Add("data/test_sft-00000-of-00001.parquet", [3], large: true);
        hub.Add("README.md", "x");
        using var snapshot = new HubSnapshot(Settings with { Endpoint = new Uri(hub.Endpoint) });
        var unclear = await Should.ThrowAsync<TSpinException>(() => snapshot.DatasetAsync(HubReference.Parse("org/set"), cancellation: Cancel));
        unclear.Message.ShouldContain("train_sft-00001-of-00002.parquet");

        var files = await snapshot.DatasetAsync(HubReference.Parse("org/set:data/train_sft-*.parquet"), cancellation: Cancel);
        files.Select(Path.GetFileName).ShouldBe(["train_sft-00000-of-00002.parquet", "train_sft-00001-of-00002.parquet"]);
        hub.Requests.ShouldContain("GET /api/datasets/org/set/revision/main");
        hub.Requests.ShouldContain($"HEAD /datasets/org/set/resolve/{LocalHub.Commit}/data/train_sft-00000-of-00002.parquet");

        using var offline = new HubSnapshot(Settings with { Offline = true });
        (await offline.DatasetAsync(HubReference.Parse("org/set:data/train_sft-*.parquet"), cancellation: Cancel)).Count.ShouldBe(2);
        File.Delete(files[1]);
        await Should.ThrowAsync<TSpinException>(() => offline.DatasetAsync(HubReference.Parse("org/set:data/train_sft-*.parquet"), cancellation: Cancel));

        using var one = new LocalHub();
        one.Add("train.jsonl", "{}");
        one.Add("test.jsonl", "{}");
        using var splits = new HubSnapshot(Settings with { Endpoint = new Uri(one.Endpoint), CacheFolder = Path.Combine(_folder.Path, "2") });
        (await splits.DatasetAsync(new HubReference("org/set"), cancellation: Cancel)).ShouldHaveSingleItem().ShouldEndWith("/train.jsonl");

        // The cache now holds the train split alone, which must not pass for the held-out one.
        using var halfOffline = new HubSnapshot(Settings with { CacheFolder = Path.Combine(_folder.Path, "2"), Offline = true });
        await Should.ThrowAsync<TSpinException>(() => halfOffline.DatasetAsync(new HubReference("org/set"), HubSplit.HeldOut, Cancel));
        (await splits.DatasetAsync(new HubReference("org/set"), HubSplit.HeldOut, Cancel)).ShouldHaveSingleItem().ShouldEndWith("/test.jsonl");
    }

    [Fact]
    public async Task A_held_out_split_may_be_called_validation_and_have_shards()
    {
        using var hub = new LocalHub();
        hub.Add("data/train-00000-of-00001.parquet", [1], large: true);
        hub.Add("data/validation-00000-of-00002.parquet", [2], large: true);
        hub.Add("data/validation-00001-of-00002.parquet", [3], large: true);
        using var snapshot = new HubSnapshot(Settings with { Endpoint = new Uri(hub.Endpoint) });
        var files = await snapshot.DatasetAsync(new HubReference("org/set"), HubSplit.HeldOut, Cancel);
        files.Select(Path.GetFileName).ShouldBe(["validation-00000-of-00002.parquet", "validation-00001-of-00002.parquet"]);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string[] Names(string snapshot) => [.. Directory.GetFiles(snapshot).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private async Task<string> Model(HubReference? model = null, HubSettings? settings = null)
    {
        using var snapshot = new HubSnapshot(settings ?? Settings);
        return await snapshot.ModelAsync(model ?? _model, Cancel);
    }

    private sealed class Progress(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
