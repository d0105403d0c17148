using System.Net;
using System.Text.Json;
using Shouldly;
using TSpin.Dashboard;
using TSpin.Tests.Cli;
using TSpin.Tests.Reports;
using Xunit;

namespace TSpin.Tests.Dashboard;

public sealed class DashboardServerTests : IDisposable
{
    private readonly RunFolder _run = new RunFolder("one")
        .WriteWholeRun("tspin", iterations: 2, examples: 40, stepsPerIteration: 30);

    private string Runs => Path.GetDirectoryName(_run.Path)!;

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task The_page_and_its_files_come_from_the_assembly_with_a_policy_that_lets_no_other_script_run()
    {
        await using var page = await Page.OfAsync(Runs);
        page.Address.Host.ShouldBe("127.0.0.1");
        foreach (var path in (string[])["/", "/page.js", "/charts.js", "/triplets.js", "/page.css", "/colours.css",
            "/uPlot.iife.min.js", "/uPlot.min.css", "/api/runs"])
        {
            using var answer = await page.Client.GetAsync(new Uri(page.Address, path));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self'");
            answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
            answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
            if (!path.Contains("uPlot", StringComparison.Ordinal))
            {
                (await answer.Content.ReadAsStringAsync()).ShouldNotContain("https://", Case.Sensitive, path);
            }

            (await page.StatusAsync(HttpMethod.Head, path)).ShouldBe(HttpStatusCode.OK, path);
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    public async Task Nothing_but_reading_is_answered(string method)
    {
        await using var page = await Page.OfAsync(Runs);
        foreach (var path in (string[])["/", "/api/runs", "/api/run?run=one", "/one/run.json"])
        {
            (await page.StatusAsync(new HttpMethod(method), path)).ShouldBe(HttpStatusCode.MethodNotAllowed, path);
        }
    }

    // A page elsewhere can make its own name lead here; its requests then carry that name.
    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("evil.example:8321", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("192.168.1.4", 421)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:9000", 200)]
    [InlineData("127.0.0.1:9000", 200)]
    [InlineData("[::1]:9000", 200)]
    public async Task Only_requests_by_this_machines_own_name_are_answered(string host, int status)
    {
        await using var page = await Page.OfAsync(Runs);
        ((int)await page.StatusAsync(HttpMethod.Get, "/api/runs", host)).ShouldBe(status);
        ((int)await page.StatusAsync(HttpMethod.Get, "/", host)).ShouldBe(status);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/../../etc/passwd")]
    [InlineData("/one/run.json")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/api/run?run=../../etc")]
    [InlineData("/api/run?run=/etc")]
    [InlineData("/api/run?run=one/../one")]
    [InlineData("/api/run?run=one%00")]
    [InlineData("/api/run")]
    [InlineData("/api/series?run=..")]
    [InlineData("/api/scores?run=one&run=..")]
    [InlineData("/api/triplets?run=one/iteration-00")]
    public async Task A_name_that_was_not_found_in_the_folder_leads_nowhere(string path)
    {
        await using var page = await Page.OfAsync(Runs);
        (await page.StatusAsync(HttpMethod.Get, path)).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Links_lead_nowhere()
    {
        using var outside = new RunFolder("secret")
            .WriteWholeRun("tspin", iterations: 1, examples: 10, stepsPerIteration: 5);
        Directory.CreateSymbolicLink(Path.Combine(Runs, "linked-run"), outside.Path);
        File.Delete(Path.Combine(_run.Path, "examples.jsonl"));
        File.WriteAllText(Path.Combine(outside.Path, "hidden.jsonl"),
            "{\"index\":0,\"prompt\":\"TOPSECRET\",\"response\":\"TOPSECRET\"}\n");
        File.CreateSymbolicLink(Path.Combine(_run.Path, "examples.jsonl"), Path.Combine(outside.Path, "hidden.jsonl"));
        File.Delete(Path.Combine(_run.Path, "recipe.yaml"));
        File.CreateSymbolicLink(Path.Combine(_run.Path, "recipe.yaml"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(_run.Path, "iteration-07"),
            Path.Combine(outside.Path, "iteration-00"));
        Directory.Delete(Path.Combine(_run.Path, "initial"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(_run.Path, "initial"), Path.Combine(outside.Path, "initial"));

        await using var page = await Page.OfAsync(Runs);
        (await page.GetAsync("/api/runs")).GetProperty("runs").EnumerateArray()
            .Select(run => run.GetProperty("id").GetString()).ShouldBe(["one"]);
        var run = await page.GetAsync("/api/run?run=one");
        run.GetProperty("recipe").GetString().ShouldBe("");
        run.GetRawText().ShouldNotContain("root:");
        (await page.GetAsync("/api/triplets?run=one&iteration=0")).GetRawText().ShouldNotContain("TOPSECRET");
        (await page.GetAsync("/api/triplets?run=one&search=TOPSECRET")).GetProperty("total").GetInt32().ShouldBe(0);
        (await page.GetAsync("/api/series?run=one")).GetProperty("starts").GetArrayLength().ShouldBe(2);
        (await page.GetAsync("/api/scores?run=one")).GetProperty("charts")[0].GetProperty("runs")[0]
            .GetProperty("points").EnumerateArray()
            .Select(point => point.GetProperty("iteration").GetInt32()).ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_finished_run_is_told_in_its_stages_scores_and_alarms()
    {
        _run.WriteLines("alarms.jsonl",
            [new { iteration = 1, step = 3, name = "saturation", message = "<script>alert(1)</script>" }]);
        await using var page = await Page.OfAsync(Runs);
        var run = await page.GetAsync("/api/run?run=one");
        run.GetProperty("status").GetString().ShouldBe("finished");
        run.GetProperty("method").GetString().ShouldBe("T-SPIN");
        var stages = run.GetProperty("stages").EnumerateArray().ToArray();
        stages.Select(stage => stage.GetProperty("name").GetString()).ShouldBe(
            ["evaluating the starting model", "proto-synthetic responses", "training", "evaluating",
                "synthetic responses", "training", "evaluating"]);
        stages.ShouldAllBe(stage => stage.GetProperty("state").GetString() == "done");
        run.GetProperty("alarms")[0].GetProperty("name").GetString().ShouldBe("saturation");
        run.GetProperty("now").GetProperty("step").GetInt32().ShouldBe(30);

        var scores = await page.GetAsync("/api/scores?run=one");
        scores.GetProperty("rows").GetArrayLength().ShouldBe(3);
        scores.GetProperty("headers")[2].GetString()!.ShouldContain("strict");
    }

    // A run folder as a killed process leaves it, and as a living one has it.
    [Fact]
    public async Task Changes_are_told_as_they_come_and_a_continued_run_has_no_step_twice()
    {
        await using var page = await Page.OfAsync(Runs);
        using var ended = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var answer = await page.Client.GetAsync(new Uri(page.Address, "/api/changes?run=one"),
            HttpCompletionOption.ResponseHeadersRead, ended.Token);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ended.Token));
        async Task<string> NextAsync()
        {
            while (true)
            {
                if (await reader.ReadLineAsync(ended.Token) is { } line
                    && line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }

        var first = await NextAsync();
        var log = Path.Combine(_run.Path, "iteration-01", "metrics.jsonl");
        var lines = File.ReadAllLines(log);
        // Killed at step 30 in the middle of a line, continued from step 20 with other times, and on to step 35.
        File.AppendAllText(log, "{\"step\":31,\"lo");
        var again = lines[..20].Concat(Enumerable.Range(21, 15)
            .Select(step => $"{{\"step\":{step},\"steps\":40,\"loss\":{step}.5,\"seconds\":1.0,"
                + $"\"terms\":{{\"own_part\":{step}.25}}}}"));
        File.WriteAllLines(log + ".tmp", again);
        File.Move(log + ".tmp", log, overwrite: true);
        (await NextAsync()).ShouldNotBe(first);
        var series = await page.GetAsync("/api/series?run=one&points=2000");
        series.GetProperty("steps").GetInt32().ShouldBe(65);
        series.GetProperty("x").EnumerateArray().Select(x => x.GetDouble())
            .ShouldBe(Enumerable.Range(1, 65).Select(step => (double)step));
        series.GetProperty("lines").GetProperty("loss").GetProperty("mean").EnumerateArray().Last().GetDouble()
            .ShouldBe(35.5);
        var own = series.GetProperty("own").EnumerateArray().ShouldHaveSingleItem();
        own.GetProperty("title").GetString().ShouldBe("The method's own: own part");
        var key = own.GetProperty("lines")[0].GetProperty("key").GetString()!;
        series.GetProperty("lines").GetProperty(key).GetProperty("mean").EnumerateArray().Last().GetDouble().ShouldBe(35.25);
    }

    [Fact]
    public async Task Triplets_are_sorted_searched_and_paged()
    {
        using var run = new RunFolder("triplets");
        const int count = 2000;
        run.WriteLines("examples.jsonl", Enumerable.Range(0, count)
            .Select(index => (object)new
            {
                index,
                prompt = $"Question {index}",
                response = index == 1234
            ? "The Nädel is hidden" : $"right {index}"
            }));
        run.WriteLines("iteration-00/responses.jsonl", Enumerable.Range(0, count)
            .Select(index => (object)new
            {
                index,
                prompt = "p",
                text = $"first <b>{index}</b>",
                tokens = new[] { 1, 2 },
                log_probs = new[] { -1.0, -2.0 },
                finish_reason = "length"
            }));
        run.WriteLines("iteration-01/responses.jsonl", Enumerable.Range(0, count).Reverse()
            .Select(index => (object)new
            {
                index,
                prompt = "p",
                text = $"second {index}",
                tokens = new[] { 1 },
                log_probs = new[] { -0.5 },
                finish_reason = "eos"
            }));
        run.WriteLines("iteration-01/triplets-metrics.jsonl", Enumerable.Range(0, count - 1).Select(index => (object)new
        {
            step = 1 + (index / 10),
            index,
            log_prob_annotated = (double)((index * 7) % count),
            log_prob_synthetic =
                0.0,
            log_prob_proto_synthetic = (double)index,
        }));
        await using var page = await Page.OfAsync(run.Path);
        async Task<(int Total, int[] Indices, JsonElement All)> Ask(string query)
        {
            var answer = await page.GetAsync($"/api/triplets?run=triplets&iteration=1&{query}");
            return (answer.GetProperty("total").GetInt32(),
                [.. answer.GetProperty("triplets").EnumerateArray()
                .Select(triplet => triplet.GetProperty("index").GetInt32())], answer.GetProperty("triplets"));
        }

        (await Ask("offset=1990&count=100")).Indices.ShouldBe(Enumerable.Range(1990, 10));
        (await Ask("sort=index&order=desc&count=3")).Indices.ShouldBe([1999, 1998, 1997]);
        var byU = await Ask("sort=u&order=desc&count=1");
        byU.All[0].GetProperty("u").GetDouble()
            .ShouldBe(Enumerable.Range(0, count - 1).Max(index => index * 7 % count));
        (await Ask("sort=v&order=asc&count=2")).Indices.ShouldBe([1998, 1997]);
        (await Ask("sort=v&order=desc&offset=1999")).Indices.ShouldBe([1999], "what was not trained comes last");
        (await Ask("search=n%C3%84DEL")).Indices.ShouldBe([1234]);
        (await Ask("search=second+19&sort=u&order=asc")).Total.ShouldBe(111);
        var one = (await Ask("offset=5&count=1")).All[0];
        one.GetProperty("synthetic").GetProperty("text").GetString().ShouldBe("second 5");
        one.GetProperty("protoSynthetic").GetProperty("text").GetString().ShouldBe("first <b>5</b>");
        one.GetProperty("protoSynthetic").GetProperty("finish").GetString().ShouldBe("length");
        one.GetProperty("synthetic").GetProperty("tokens").GetInt32().ShouldBe(1);
        (await page.GetAsync("/api/triplets?run=triplets&iteration=0&count=1")).GetProperty("triplets")[0]
            .GetProperty("synthetic").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task No_request_changes_the_folder()
    {
        (string, DateTime, long)[] State() =>
            [.. new DirectoryInfo(Runs).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => (file.FullName, file.LastWriteTimeUtc, file.Length)).Order()];
        var before = State();
        await using (var page = await Page.OfAsync(Runs))
        {
            foreach (var path in (string[])["/", "/api/runs", "/api/run?run=one", "/api/series?run=one",
                "/api/scores?run=one", "/api/triplets?run=one&search=pens&sort=u"])
            {
                (await page.StatusAsync(HttpMethod.Get, path)).ShouldBe(HttpStatusCode.OK, path);
            }
        }

        State().ShouldBe(before);
    }

    [Fact]
    public async Task A_damaged_run_is_shown_as_far_as_it_can_be_read()
    {
        _run.WriteLines("alarms.jsonl", [new { iteration = 1, step = 3, name = "saturation", message = "all" }]);
        _run.Write("run.json", JsonSerializer.Serialize(new
        {
            id = "one",
            method = "tspin",
            started = "2026-11-23T04:44:54+00:00",
            iterations = int.MaxValue,
            status = "running"
        }));
        await using var page = await Page.OfAsync(Runs);
        string[] requests = ["/api/runs", "/api/run?run=one", "/api/series?run=one", "/api/scores?run=one",
            "/api/triplets?run=one&iteration=1&sort=u&search=a"];
        var random = new Random(5);
        foreach (var name in (string[])["run.json", "recipe.yaml", "alarms.jsonl", "examples.jsonl",
            "iteration-01/metrics.jsonl", "iteration-01/responses.jsonl", "iteration-01/triplets-metrics.jsonl",
            "iteration-01/evaluation.json"])
        {
            var path = Path.Combine(_run.Path, name);
            var bytes = File.ReadAllBytes(path);
            for (var i = 0; i < 5; i++)
            {
                var (what, mutated) = MutatedInput.Of(name, bytes, random);
                File.WriteAllBytes(path, mutated);
                foreach (var request in requests)
                {
                    (await page.StatusAsync(HttpMethod.Get, request))
                        .ShouldBeOneOf([HttpStatusCode.OK, HttpStatusCode.NotFound], $"{request} with {name}: {what}");
                }
            }

            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public async Task A_folder_or_port_that_cannot_be_is_refused_with_its_cure()
    {
        (await Should.ThrowAsync<TSpinException>(
            () => DashboardServer.StartAsync(Path.Combine(Runs, "nowhere"), 0))).Message.ShouldContain(
            "no such folder");
        await using var page = await Page.OfAsync(Runs);
        (await Should.ThrowAsync<TSpinException>(
            () => DashboardServer.StartAsync(Runs, page.Address.Port))).Message.ShouldContain("--port");
    }
}
