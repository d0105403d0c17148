using Shouldly;
using TSpin.Tests.Hub;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>Data that verbs are given as names on a hub.</summary>
public sealed class HubNamesTests
{
    [Fact]
    public void Verbs_fetch_the_files_that_a_name_on_a_hub_means()
    {
        using var hub = new LocalHub();
        using var tiny = new TinyRun();
        hub.Add("part-1.jsonl", """{"prompt": "1 + 1?", "response": "2"}"""u8.ToArray());
        hub.Add("part-2.jsonl", """{"prompt": "1 + 2?", "response": "3"}"""u8.ToArray());
        var places = new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Endpoint, ["HF_HUB_CACHE"] = tiny["cache"] };
        const string Parts = "hub:org/set:part-*.jsonl";

        Run(places, "data", "convert", Parts, tiny["both.jsonl"]).ShouldContain("2 records");
        File.ReadAllLines(tiny["both.jsonl"]).ShouldBe(["""{"prompt":"1 + 1?","response":"2"}""", """{"prompt":"1 + 2?","response":"3"}"""]);
        places["HF_HUB_OFFLINE"] = "1"; // what has been fetched is there
        Run(places, "data", "info", Parts).ShouldContain("2 usable");
        Run(places, "data", "audit", Parts, "--test", "hub:org/set:part-2.jsonl").ShouldContain("part-2.jsonl");
        Run(places, "generate", tiny.Model, "--prompts", Parts, "--out", tiny["answers.jsonl"], "--max-new-tokens", "2").ShouldContain("2 answers");
    }

    [Fact]
    public void A_wrong_name_is_said_with_the_argument_that_gives_it()
    {
        using var child = TspinProcess.Start("data", "info", "hub:../x");
        child.End().Code.ShouldBe(2);
        child.Errors.ShouldContain("SOURCE");
        child.Errors.ShouldContain("org/name");
    }

    private static string Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var child = TspinProcess.Start(environment, arguments);
        var (code, output) = child.End();
        code.ShouldBe(0, child.Errors);
        return output;
    }
}
