using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Shouldly;
using TSpin.Dashboard;
using TSpin.Recipes;
using TSpin.Tests.Cli;
using TSpin.Tests.Reports;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Dashboard;

/// <summary>The page in a real browser.</summary>
[Trait("Category", "Slow")]
public sealed class PageInBrowserTests
{
    private const string Hostile =
        "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202Eevil\u0007 & \"quoted\" `${alert(3)}`";

    [Fact]
    public async Task A_run_is_shown_with_its_stages_charts_scores_and_triplets()
    {
        using var run = new RunFolder("one").WriteWholeRun("tspin");
        run.WriteLines("alarms.jsonl",
            [new { iteration = 3, step = 40, name = "saturation",
            message = "Nearly all triplets are saturated. Lower objective.alpha." }]);
        await using var page = await Page.OfAsync(run.Path);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(page.Address);
        await Assertions.Expect(shown.Locator("#charts figure")).ToHaveCountAsync(11);
        (await shown.Locator(".stages li.done").CountAsync()).ShouldBe(13);
        await Assertions.Expect(shown.Locator("#alarms")).ToContainTextAsync("Lower objective.alpha");
        await Assertions.Expect(shown.Locator("#scores table tbody tr")).ToHaveCountAsync(5);
        await Assertions.Expect(shown.Locator("#thinned")).ToContainTextAsync("300 steps");
        await Browser.PictureAsync(shown, "training");
        await shown.ClickAsync("#tab-triplets");
        await Assertions.Expect(shown.Locator(".sample")).ToHaveCountAsync(10);
        (await shown.Locator("mark").CountAsync()).ShouldBeGreaterThan(0);
        await Browser.PictureAsync(shown, "triplets");
        await shown.ClickAsync("#tab-recipe");
        await Assertions.Expect(shown.Locator("#recipes")).ToContainTextAsync("learning_rate: 1.0e-5");
        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_method_measures_of_its_own_has_charts_too()
    {
        using var run = new RunFolder("own");
        run.Write("run.json", """{"id":"own","method":"asft","iterations":1,"status":"finished"}""");
        run.WriteLines("iteration-00/metrics.jsonl", Enumerable.Range(1, 20).Select(step => (object)new
        {
            step,
            steps = 20,
            loss = 1.0 / step,
            terms = new Dictionary<string, double> { ["divergence"] = step, ["<img src=x onerror=alert(1)>"] = 1 },
        }));
        await using var page = await Page.OfAsync(run.Path);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(page.Address);
        await Assertions.Expect(shown.Locator("#charts figure")).ToHaveCountAsync(3);
        await Assertions.Expect(shown.Locator("#charts figcaption").Nth(1)).ToContainTextAsync("The method's own: divergence");
        await Assertions.Expect(shown.Locator("#charts figcaption").Nth(2)).ToContainTextAsync("<img src=x");
        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Runs_are_shown_beside_one_another()
    {
        using var one = new RunFolder("tspin").WriteWholeRun("tspin");
        using var other = new RunFolder("unused");
        var runs = Path.GetDirectoryName(one.Path)!;
        using var spin = new RunFolder("spin").WriteWholeRun("spin");
        Directory.Move(spin.Path, Path.Combine(runs, "spin"));
        await using var page = await Page.OfAsync(runs);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(new Uri(page.Address, "/#run=spin&run=tspin"));
        await Assertions.Expect(shown.Locator(".row.together").First.Locator("figure")).ToHaveCountAsync(2);
        (await shown.Locator(".head").CountAsync()).ShouldBe(2);
        await Browser.PictureAsync(shown, "beside");
        await shown.Locator("#runs input[value=spin]").UncheckAsync();
        await Assertions.Expect(shown.Locator(".head")).ToHaveCountAsync(1);
        await Assertions.Expect(shown.Locator(".row.together")).ToHaveCountAsync(0);
        shown.Url.ShouldContain("run=tspin");
        shown.Url.ShouldNotContain("run=spin");
        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_opened_in_the_middle_killed_and_continued_has_every_step_once()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with
        {
            Training = tiny.Recipe().Training with
            {
                Epochs = 300,
                SaveEverySteps = 20,
                Iterations = 1
            },
            Evaluation = new()
        };
        File.WriteAllText(tiny["recipe.yaml"], RecipeWriter.Write(recipe));
        Directory.CreateDirectory(tiny["runs"]);
        string[] arguments = ["run", tiny["recipe.yaml"], "--run", "watched", "--set",
            $"output.directory={tiny["runs"]}"];
        await using var page = await Page.OfAsync(tiny["runs"]);
        await using var browser = await Browser.StartAsync();
        var log = tiny["runs", "watched", "iteration-00", "metrics.jsonl"];
        IPage shown;
        using (var process = TspinProcess.Start(arguments))
        {
            process.WaitUntil(() => Lines(log) > 20);
            shown = await browser.OpenAsync(page.Address);
            await Assertions.Expect(shown.Locator(".state")).ToHaveTextAsync("running");
            var before = await StepsAsync(shown);
            process.WaitUntil(() => Lines(log) > before + 20);
            await shown.WaitForFunctionAsync(
                "before => +document.querySelector('#thinned').textContent.split(' ')[0] > before", before);
        }

        // Killed, with steps after the last saved one.
        await Assertions.Expect(shown.Locator(".state")).ToHaveTextAsync("killed");
        using (var process = TspinProcess.Start(arguments))
        {
            process.End().Code.ShouldBe(0, process.Errors);
        }

        await Assertions.Expect(shown.Locator(".state")).ToHaveTextAsync("finished");
        await Assertions.Expect(shown.Locator("#thinned")).ToContainTextAsync("600 steps");
        var series = await page.GetAsync("/api/series?run=watched&points=2000");
        series.GetProperty("x").EnumerateArray().Select(x => (int)x.GetDouble()).ShouldBe(Enumerable.Range(1, 600));
        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_page_comes_back_when_its_server_does()
    {
        using var run = new RunFolder("one").WriteWholeRun("tspin", iterations: 1, examples: 20, stepsPerIteration: 20);
        await using var browser = await Browser.StartAsync();
        IPage shown;
        int port;
        await using (var server = await DashboardServer.StartAsync(run.Path, 0))
        {
            port = server.Address.Port;
            shown = await browser.OpenAsync(server.Address);
            await Assertions.Expect(shown.Locator("#link")).ToHaveTextAsync("live");
        }

        await Assertions.Expect(shown.Locator("#link")).ToContainTextAsync("no connection");
        File.AppendAllText(Path.Combine(run.Path, "iteration-00", "metrics.jsonl"),
            "{\"step\":21,\"steps\":21,\"loss\":0.5}\n");
        await using (await DashboardServer.StartAsync(run.Path, port))
        {
            await Assertions.Expect(shown.Locator("#link")).ToHaveTextAsync("live");
            await Assertions.Expect(shown.Locator("#thinned")).ToContainTextAsync("21 steps");
        }

        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hundred_thousand_steps_open_at_once()
    {
        using var run = new RunFolder("long");
        run.Write("run.json", JsonSerializer.Serialize(new
        {
            id = "long",
            method = "tspin",
            started = "2026-11-23T04:44:54+00:00",
            iterations = 4,
            status = "finished"
        }));
        for (var iteration = 0; iteration < 4; iteration++)
        {
            run.Write(string.Create(CultureInfo.InvariantCulture, $"iteration-{iteration:D2}/metrics.jsonl"),
                string.Concat(Enumerable.Range(1, 25_000)
                .Select(step => StepSeriesTests.Line(iteration, step) + "\n")));
        }

        await using var browser = await Browser.StartAsync();
        await using var page = await Page.OfAsync(run.Path);
        var began = Stopwatch.StartNew();
        var shown = await browser.OpenAsync(page.Address);
        var opened = await shown.EvaluateAsync<double>("performance.now()") / 1000;
        await Assertions.Expect(shown.Locator("#thinned")).ToContainTextAsync("100,000 steps,");
        await Assertions.Expect(shown.Locator("#thinned")).Not.ToContainTextAsync("of the log read");
        TestContext.Current.TestOutputHelper?.WriteLine($"{opened:F2} s after the browser asked, whole after {began.Elapsed.TotalSeconds:F2} s");
        await Browser.PictureAsync(shown, "long");
        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Hostile_texts_are_shown_as_they_are_and_run_nothing()
    {
        using var run = new RunFolder("<img src=x onerror=alert(4)>");
        run.Write("run.json", JsonSerializer.Serialize(new
        {
            id = Hostile,
            method = Hostile,
            started = Hostile,
            iterations = 1,
            status = "finished"
        }));
        run.Write("recipe.yaml", Hostile);
        run.Write("environment.json", JsonSerializer.Serialize(new Dictionary<string, string> { [Hostile] = Hostile }));
        run.WriteLines("alarms.jsonl", [new { iteration = 0, step = 1, name = Hostile, message = Hostile }]);
        run.WriteLines("examples.jsonl", [new { index = 0, prompt = Hostile, response = Hostile }]);
        run.WriteLines("iteration-00/responses.jsonl",
            [new { index = 0, prompt = Hostile, text = Hostile + " twice " + Hostile, tokens = new[] { 1 },
            log_probs = new[] { -1.0 }, finish_reason = Hostile }]);
        run.WriteLines("iteration-00/metrics.jsonl", [new { step = 1, steps = 1, loss = 1.0 }]);
        await using var page = await Page.OfAsync(Path.GetDirectoryName(run.Path)!);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(page.Address);
        await Assertions.Expect(shown.Locator("#alarms li")).ToContainTextAsync("<script>alert(1)</script>");
        await shown.ClickAsync("#tab-recipe");
        await shown.ClickAsync("#tab-triplets");
        var texts = shown.Locator(".sample .text");
        (await texts.Nth(0).TextContentAsync()).ShouldBe(Hostile.Trim());
        (await texts.Nth(1).TextContentAsync()).ShouldBe(Hostile);
        await shown.FillAsync("#triplet-search", "onerror=alert(2)");
        await Assertions.Expect(shown.Locator("#place")).ToHaveTextAsync("1 to 1 of 1");
        (await shown.EvaluateAsync<int>("() => document.querySelectorAll('img, body script:not([src])').length"))
            .ShouldBe(0);
        browser.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Everything_can_be_done_with_the_keyboard()
    {
        using var run = new RunFolder("one").WriteWholeRun("tspin", iterations: 2, examples: 45, stepsPerIteration: 20);
        await using var page = await Page.OfAsync(run.Path);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(page.Address);
        await shown.Keyboard.PressAsync("2");
        await Assertions.Expect(shown.Locator("#place")).ToHaveTextAsync("1 to 10 of 45");
        await shown.Keyboard.PressAsync("n");
        await Assertions.Expect(shown.Locator("#place")).ToHaveTextAsync("11 to 20 of 45");
        await shown.Keyboard.PressAsync("p");
        await Assertions.Expect(shown.Locator("#place")).ToHaveTextAsync("1 to 10 of 45");
        await shown.Keyboard.PressAsync("/");
        await shown.Keyboard.TypeAsync("aisha has");
        await Assertions.Expect(shown.Locator("#place")).ToHaveTextAsync("1 to 8 of 8");
        await shown.Keyboard.PressAsync("Escape");
        await shown.Keyboard.PressAsync("1");
        await Assertions.Expect(shown.Locator("#training")).ToBeVisibleAsync();
        var figure = shown.Locator("#charts figure").First;
        await figure.FocusAsync();
        await shown.Keyboard.PressAsync("Home");
        await Assertions.Expect(figure.Locator(".legend")).ToContainTextAsync("step 1");
        await shown.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(figure.Locator(".legend")).ToContainTextAsync("step 2");
        await shown.FocusAsync("#tab-training");
        await shown.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(shown.Locator("#triplets")).ToBeVisibleAsync();
        browser.Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_looked_at_stays_while_runs_go_on(int count)
    {
        using var first = new RunFolder("first").WriteWholeRun("tspin", iterations: 2, examples: 45, stepsPerIteration: 20);
        using var second = new RunFolder("second").WriteWholeRun("spin", iterations: 2, examples: 45, stepsPerIteration: 20);
        var runs = Path.GetDirectoryName(first.Path)!;
        Directory.Move(second.Path, Path.Combine(runs, "second"));
        first.Write("recipe.yaml", string.Concat(Enumerable.Range(1, 300).Select(line => $"# line {line}\n")));
        first.WriteLines("iteration-01/responses.jsonl", Enumerable.Range(0, 45).Select(index => (object)new
        {
            index,
            text = string.Concat(Enumerable.Range(1, 200).Select(line => $"line {line}\n")),
            log_prob = -1.0,
        }));
        await using var page = await Page.OfAsync(runs);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(new Uri(page.Address, count == 1 ? "/#run=first" : "/#run=first&run=second"));
        var step = 20;

        // A run that goes on: the page draws anew, and again, and once more.
        async Task GoOnAsync()
        {
            for (var round = 0; round < 3; round++)
            {
                var drawn = await shown.EvaluateAsync<int>("() => +document.documentElement.dataset.ready");
                File.AppendAllText(Path.Combine(first.Path, "iteration-01", "metrics.jsonl"), string.Create(
                    CultureInfo.InvariantCulture, $"{{\"step\":{++step},\"steps\":40,\"loss\":0.5,\"u\":1.5}}\n"));
                await shown.EvaluateAsync("() => window.dispatchEvent(new Event('hashchange'))");
                await shown.WaitForFunctionAsync("drawn => +document.documentElement.dataset.ready > drawn + 1", drawn);
            }
        }

        var figure = shown.Locator("#charts figure").First;
        var legend = figure.Locator(".legend");
        await figure.FocusAsync();
        await shown.Keyboard.PressAsync("Home");
        await Assertions.Expect(legend).ToContainTextAsync("step 1");
        await GoOnAsync();
        (await legend.TextContentAsync())!.ShouldStartWith("step 1");
        await Assertions.Expect(figure).ToBeFocusedAsync();
        await shown.Keyboard.PressAsync("ArrowRight");
        await shown.Keyboard.PressAsync("ArrowRight");
        (await legend.TextContentAsync())!.ShouldStartWith("step 3");
        (await shown.Locator("#charts figure .legend").Nth(count).TextContentAsync())!
            .ShouldStartWith("step 3", customMessage: "the charts of a run move together");
        await shown.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await GoOnAsync();
        (await legend.TextContentAsync())!.ShouldStartWith("step 3");
        await shown.SetViewportSizeAsync(700, 900);
        await GoOnAsync();
        (await legend.TextContentAsync())!.ShouldStartWith("step 3");
        await shown.Keyboard.PressAsync("Escape");
        (await legend.TextContentAsync())!.ShouldNotContain("step");
        await GoOnAsync();
        (await legend.TextContentAsync())!.ShouldNotContain("step");

        // The other things that take the focus, or are scrolled.
        foreach (var place in (string[])["#heads .stages", "#scores .wide", "#scores figure"])
        {
            await shown.Locator(place).First.FocusAsync();
            await GoOnAsync();
            await Assertions.Expect(shown.Locator(place).First).ToBeFocusedAsync();
        }

        await shown.ClickAsync("#tab-recipe");
        await shown.EvaluateAsync("() => { document.querySelector('#recipes pre').scrollTop = 150; }");
        await GoOnAsync();
        (await shown.EvaluateAsync<int>("() => document.querySelector('#recipes pre').scrollTop")).ShouldBe(150);
        await shown.ClickAsync("#tab-triplets");
        await Assertions.Expect(shown.Locator(".sample")).ToHaveCountAsync(10);
        var text = "document.querySelectorAll('.sample')[1].querySelectorAll('.columns .text')[1]";
        await shown.EvaluateAsync($"() => {{ {text}.scrollTop = 120; getSelection().selectAllChildren({text}); }}");
        await GoOnAsync();
        (await shown.EvaluateAsync<int>($"() => {text}.scrollTop")).ShouldBe(120);
        (await shown.EvaluateAsync<string>("() => String(getSelection())")).ShouldContain("line 7");
        browser.Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Light_dark_and_narrow(ColorScheme scheme, int width)
    {
        using var run = new RunFolder("one").WriteWholeRun("tspin", iterations: 2, examples: 30, stepsPerIteration: 40);
        await using var page = await Page.OfAsync(run.Path);
        await using var browser = await Browser.StartAsync();
        var shown = await browser.OpenAsync(page.Address, width, 740, scheme);
        var ground = await shown.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        ground.ShouldBe(scheme == ColorScheme.Dark ? "rgb(19, 22, 26)" : "rgb(252, 252, 251)");
        foreach (var tab in (string[])["training", "triplets", "recipe"])
        {
            await shown.ClickAsync($"#tab-{tab}");
            await shown.WaitForTimeoutAsync(300);
            (await shown.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"))
                .ShouldBeLessThanOrEqualTo(width, tab);
            await Browser.PictureAsync(shown, $"{scheme}-{width}-{tab}".ToLowerInvariant());
        }

        // Colours of drawn charts follow a change.
        await shown.ClickAsync("#tab-training");
        await shown.EmulateMediaAsync(
            new() { ColorScheme = scheme == ColorScheme.Dark ? ColorScheme.Light : ColorScheme.Dark });
        await shown.WaitForTimeoutAsync(300);
        (await shown.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor"))
            .ShouldNotBe(ground);
        browser.Faults.ShouldBeEmpty();
    }

    private static int Lines(string log)
    {
        if (!File.Exists(log))
        {
            return 0;
        }

        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }

    private static async Task<int> StepsAsync(IPage page) =>
        int.Parse((await page.Locator("#thinned").TextContentAsync())!.Split(' ')[0], CultureInfo.InvariantCulture);
}
