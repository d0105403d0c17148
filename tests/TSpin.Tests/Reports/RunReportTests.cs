using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using TSpin.Reports;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed partial class RunReportTests
{
    [Fact]
    public void Markdown_is_as_recorded()
    {
        using var main = new RunFolder("main");
        main.Write("run.json", "{\"id\":\"main\",\"method\":\"tspin\",\"iterations\":2}");
        main.WriteEvaluation("initial", RunFolder.Evaluation(0.25, 0.28, 0.10));
        main.WriteEvaluation("iteration-00", RunFolder.Evaluation(0.55, 0.56, 0.30, logProb: -1.0));
        main.WriteEvaluation("iteration-01", RunFolder.Evaluation(0.50, 0.58, 0.33, logProb: -0.9));
        main.WriteLines("iteration-01/metrics.jsonl", [new { step = 1, loss = 0.61234, current_advantage = 3.2, historical_advantage = -0.55 }]);
        main.WriteLines("alarms.jsonl", [new { step = 1, iteration = 1, name = "negative_history", message = "v is below zero | lower the step size." }]);
        using var sft = new RunFolder("sft-run");
        sft.Write("run.json", "{\"id\":\"sft-run\",\"method\":\"sft\"}");
        sft.WriteEvaluation("initial", RunFolder.Evaluation(0.25, 0.28, 0.10));
        sft.WriteEvaluation("iteration-00", RunFolder.Evaluation(0.52, 0.53, 0.35, logProb: -0.8));

        RunReport.Markdown([main.Path, sft.Path]).ShouldBe("""
            T-SPIN takes greedy strict accuracy on 300 held-out problems (word-problems) from 25.0 ± 2.5% to 55.0 ± 2.9% in iteration 0: +30.0 points (95% interval +22.5 to +37.5), the gain is outside the error. The best of 2 iterations was picked on these same problems, which flatters it a little; the last iteration has 50.0 ± 2.9%.

            | method | iteration | greedy strict, % | greedy flexible, % | sampled strict, % | sampled flexible, % | held-out templates, % | format, % | ended, % | answer tokens | test log-prob/token | loss | u, nats | v, nats |
            |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
            | base |  | 25.0 ± 2.5 | 28.0 ± 2.6 | 10.0 ± 1.7 | 12.0 ± 1.9 | 17.5 ± 2.2 | 97.0 | 99.0 | 38.4 | -1.200 |  |  |  |
            | T-SPIN | 0 | **55.0 ± 2.9** | 56.0 ± 2.9 | 30.0 ± 2.7 | 32.0 ± 2.7 | **38.5 ± 2.8** | 97.0 | 99.0 | 38.4 | -1.000 |  |  |  |
            | T-SPIN | 1 | 50.0 ± 2.9 | **58.0 ± 2.9** | 33.0 ± 2.7 | 35.0 ± 2.8 | 35.0 ± 2.8 | 97.0 | 99.0 | 38.4 | -0.900 | 0.612 | 3.20 | -0.55 |
            | SFT | 0 | 52.0 ± 2.9 | 53.0 ± 2.9 | **35.0 ± 2.8** | **37.0 ± 2.8** | 36.4 ± 2.8 | 97.0 | 99.0 | 38.4 | -0.800 |  |  |  |

            > **negative\_history** v is below zero \| lower the step size.

            """);
    }

    [Fact]
    public void A_whole_report_holds_every_figure_and_nothing_from_outside()
    {
        using var main = new RunFolder("main").WriteWholeRun("tspin", examples: 60, stepsPerIteration: 30);
        using var spin = new RunFolder("spin").WriteWholeRun("spin", examples: 60, stepsPerIteration: 30);
        using var small = new RunFolder("small").WriteWholeRun("tspin", examples: 20, stepsPerIteration: 30);
        var path = Path.Combine(main.Path, "report.html");
        RunReport.Write([main.Path, spin.Path, small.Path], path);
        var html = File.ReadAllText(path);
        html.ShouldStartWith("<!DOCTYPE html>");
        html.ShouldNotContain("://");
        html.ShouldNotContain("src=");
        html.ShouldNotContain("url(");
        html.ShouldNotContain("@import");
        html.ShouldNotContain("NaN");
        var page = Page(html);
        var captions = page.Descendants("figcaption").Select(caption => caption.Nodes().OfType<XText>().First().Value).ToList();
        foreach (var expected in new[]
        {
            "Accuracy per iteration, greedy strict", "Accuracy per iteration, sampled strict", "Accuracy against annotated data", "Reward",
            "Log-likelihood of whole responses", "Current and historical advantage", "Loss and its terms", "Gradient norm", "Learning rate", "Response lengths",
        })
        {
            captions.ShouldContain(expected);
        }

        page.Descendants("svg").Count().ShouldBe(captions.Count);
        page.Descendants("figcaption").Count(caption => caption.Value.Contains("Misaligned:", StringComparison.Ordinal)).ShouldBe(3);
        page.Descendants("h2").Select(heading => heading.Value).ShouldBe(
            ["Scores", "Rewards and log-likelihoods", "Reward against log-likelihood", "Training", "Training triplets", "Answers before and after", "Recipe", "Environment"]);
        page.Descendants("td").ShouldContain(cell => cell.Value == "T-SPIN, 20 examples");
        page.Value.ShouldContain("became right");
    }

    [Fact]
    public void Numbers_that_a_method_has_of_its_own_are_drawn_by_whatever_names_it_gives_them()
    {
        using var run = new RunFolder("own");
        run.Write("run.json", """{"id":"own","method":"asft","iterations":2}""");
        for (var iteration = 0; iteration < 2; iteration++)
        {
            run.WriteLines($"iteration-0{iteration}/metrics.jsonl", Enumerable.Range(1, 5).Select(step => (object)new
            {
                step,
                loss = 1.0 / step,
                terms = new Dictionary<string, object?> { ["token_divergence"] = step / 10.0, ["<b>"] = 2, ["none"] = null },
            }));
        }

        var path = Path.Combine(run.Path, "report.html");
        RunReport.Write([run.Path], path);
        var figures = Page(File.ReadAllText(path)).Descendants("figure")
            .Where(figure => figure.Element("figcaption")!.Value.Contains("own", StringComparison.Ordinal)).ToArray();
        figures.Select(figure => figure.Element("figcaption")!.Nodes().OfType<XText>().First().Value)
            .ShouldBe(["The method's own: token divergence", "The method's own: <b>"]);
        figures.ShouldAllBe(figure => figure.Descendants().Any(node =>
            node.Name.LocalName == "path" || node.Name.LocalName == "polyline"));
    }

    [Fact]
    public void Marks_stand_between_iterations_whether_steps_count_on_or_start_anew()
    {
        static string[] Marks(Func<int, int, int> number)
        {
            using var folder = new RunFolder();
            for (var iteration = 0; iteration < 3; iteration++)
            {
                folder.WriteLines($"iteration-0{iteration}/metrics.jsonl", Enumerable.Range(1, 10).Select(step => (object)new { step = number(iteration, step), loss = 1.0 / step }));
            }

            return Page(RunReport.Html([folder.Path])).Descendants("path").Where(path => (string?)path.Attribute("class") == "mark").Select(path => (string)path.Attribute("d")!).ToArray();
        }

        var anew = Marks((_, step) => step);
        anew.Length.ShouldBe(3);
        anew.ShouldBeUnique();
        Marks((iteration, step) => (iteration * 10) + step).ShouldBe(anew);
    }

    [Fact]
    public void Untrusted_texts_are_shown_and_not_obeyed()
    {
        const string Attack = "</div></main></style></script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='x'\u0000\u001b[31m\u202eabc";
        using var folder = new RunFolder().WriteWholeRun("tspin", iterations: 2, examples: 3, stepsPerIteration: 3);
        folder.Write("run.json", JsonSerializer.Serialize(new { id = Attack, method = Attack, status = Attack, started = Attack }));
        folder.Write("recipe.yaml", Attack);
        folder.Write("environment.json", JsonSerializer.Serialize(new Dictionary<string, object> { [Attack] = Attack, ["nested"] = new { a = Attack } }));
        folder.WriteLines("alarms.jsonl", [new { name = Attack, message = Attack }]);
        folder.WriteLines("examples.jsonl", [new { index = 0, prompt = Attack, response = Attack }]);
        foreach (var iteration in new[] { "iteration-00", "iteration-01" })
        {
            folder.WriteLines($"{iteration}/responses.jsonl", [new { index = 0, prompt = Attack, text = Attack, tokens = new[] { 1 }, finish_reason = Attack }]);
            folder.WriteLines($"{iteration}/evaluation-answers.jsonl", [new { index = 0, mode = "greedy", prompt = Attack, reference = Attack, answer = Attack, strict = true }]);
            folder.WriteEvaluation(iteration, new { task = Attack, greedy = new { strict = new { score = 0.5 } }, extra = new Dictionary<string, object> { [Attack] = new { strict = new { score = 0.5 } } } });
        }

        var html = RunReport.Html([folder.Path]);
        Regex.Count(html, "<script").ShouldBe(1);
        Regex.Count(html, "</main>").ShouldBe(1);
        var page = Page(html);
        page.Descendants("script").ShouldBeEmpty();
        page.Descendants("img").ShouldBeEmpty();
        page.DescendantsAndSelf().Attributes().ShouldAllBe(attribute => !attribute.Name.LocalName.StartsWith("on"));
        page.Descendants("div").Count(element => (string?)element.Attribute("class") == "text" && element.Value.Contains("<script>alert(1)</script>", StringComparison.Ordinal)).ShouldBeGreaterThan(4);
        RunReport.Markdown([folder.Path]).ShouldNotContain("\u001b");
    }

    [Fact]
    public void The_policy_allows_the_one_script_and_no_other()
    {
        using var folder = new RunFolder();
        var html = RunReport.Html([folder.Path]);
        var script = Script().Match(html).Groups[1].Value;
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script)));
        html.ShouldContain($"script-src &#39;sha256-{hash}&#39;");
        html.ShouldContain("default-src &#39;none&#39;");
    }

    [Theory]
    [InlineData("initial")]
    [InlineData("iteration-01/evaluation.json")]
    [InlineData("iteration-00/metrics.jsonl")]
    [InlineData("iteration-01")]
    [InlineData("iteration-00")]
    [InlineData("examples.jsonl")]
    [InlineData("run.json")]
    [InlineData("recipe.yaml")]
    public void Whatever_is_missing_the_rest_is_reported(string missing)
    {
        using var folder = new RunFolder().WriteWholeRun("tspin", iterations: 2, examples: 10, stepsPerIteration: 5);
        var path = Path.Combine(folder.Path, missing);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }

        var page = Page(RunReport.Html([folder.Path]));
        page.Descendants("h2").ShouldContain(heading => heading.Value == "Scores");
        page.Descendants("svg").ShouldNotBeEmpty();
    }

    [Fact]
    public void An_empty_folder_and_no_folder()
    {
        using var folder = new RunFolder("begun");
        Page(RunReport.Html([folder.Path])).Value.ShouldContain("No iteration has been evaluated yet.");
        RunReport.Markdown([folder.Path]).ShouldBe("No iteration has been evaluated yet.\n");
        Should.Throw<TSpinException>(() => RunReport.Html([]));
    }

    [Fact]
    public void A_gain_within_the_error_is_called_so()
    {
        using var folder = new RunFolder();
        folder.WriteEvaluation("initial", RunFolder.Evaluation(0.40, 0.40, 0.3));
        folder.WriteEvaluation("iteration-00", RunFolder.Evaluation(0.43, 0.43, 0.3));
        RunReport.Markdown([folder.Path]).ShouldContain("+3.0 points (95% interval -4.9 to +10.9), the change is within the error.");
    }

    [Fact]
    public void A_run_of_a_hundred_thousand_steps_is_drawn_in_seconds_and_stays_small()
    {
        using var folder = new RunFolder().WriteWholeRun("tspin", iterations: 2, examples: 10, stepsPerIteration: 50_000);
        var watch = Stopwatch.StartNew();
        var html = RunReport.Html([folder.Path]);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        html.Length.ShouldBeLessThan(1_000_000);
        html.ShouldContain("Lines are means of 625 steps");
    }

    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    /// <summary>The visible part of the page, which is well-formed XML.</summary>
    private static XElement Page(string html)
    {
        var start = html.IndexOf("<main>", StringComparison.Ordinal);
        var end = html.IndexOf("</main>", StringComparison.Ordinal) + "</main>".Length;
        return XElement.Parse(html[start..end], LoadOptions.PreserveWhitespace);
    }
}
