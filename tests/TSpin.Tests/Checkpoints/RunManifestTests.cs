using Shouldly;
using TSpin.Checkpoints;
using Xunit;

namespace TSpin.Tests.Checkpoints;

public sealed class RunManifestTests : IDisposable
{
    private readonly TemporaryFolder _run = new();

    public RunManifestTests()
    {
        Directory.CreateDirectory(_run["iteration-00", "checkpoint"]);
        File.WriteAllText(_run["iteration-00", "responses.jsonl"], "abc");
        File.WriteAllText(_run["iteration-00", "checkpoint", "config.json"], "{}");
        File.WriteAllText(_run["iteration-00", "checkpoint", "model.safetensors"], "weights");
    }

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Finished_artifacts_survive_a_new_process()
    {
        var manifest = RunManifest.Open(_run.Path);
        manifest.Contains("iteration-00/responses.jsonl").ShouldBeFalse();
        manifest.Add("iteration-00/responses.jsonl");
        manifest.Add(_run["iteration-00", "checkpoint"]);

        var again = RunManifest.Open(_run.Path);
        again.Artifacts.Keys.ShouldBe(["iteration-00/checkpoint/config.json", "iteration-00/checkpoint/model.safetensors", "iteration-00/responses.jsonl"]);
        again.Artifacts["iteration-00/responses.jsonl"].Bytes.ShouldBe(3);
        again.Artifacts["iteration-00/responses.jsonl"].Sha256.ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        again.Artifacts["iteration-00/responses.jsonl"].Completed.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        again.Contains("iteration-00/checkpoint/").ShouldBeTrue();
        again.Contains("iteration-00/check").ShouldBeFalse();
        again.Verify("iteration-00/checkpoint");
        again.Verify(_run["iteration-00", "responses.jsonl"]);
    }

    [Fact]
    public void Missing_truncated_longer_and_altered_artifacts_are_told_apart()
    {
        var manifest = RunManifest.Open(_run.Path);
        manifest.Add("iteration-00");
        var weights = _run["iteration-00", "checkpoint", "model.safetensors"];

        File.WriteAllText(weights, "weight");
        Fault(manifest).ShouldContain("truncated: 1 of 7 bytes are missing");
        File.WriteAllText(weights, "weights!");
        Fault(manifest).ShouldContain("8 bytes instead of 7");
        File.WriteAllText(weights, "weightz");
        Fault(manifest).ShouldContain("SHA-256");
        File.Delete(weights);
        Fault(manifest).ShouldContain("missing now");
        File.WriteAllText(weights, "weights");
        manifest.Verify("iteration-00");
    }

    [Fact]
    public void Adding_again_replaces_and_removing_forgets_the_whole_folder()
    {
        var manifest = RunManifest.Open(_run.Path);
        manifest.Add("iteration-00/checkpoint");
        File.Delete(_run["iteration-00", "checkpoint", "config.json"]);
        manifest.Add("iteration-00/checkpoint");
        RunManifest.Open(_run.Path).Artifacts.Keys.ShouldBe(["iteration-00/checkpoint/model.safetensors"]);
        manifest.Remove("iteration-00/checkpoint");
        RunManifest.Open(_run.Path).Artifacts.ShouldBeEmpty();
        Should.Throw<TSpinException>(() => manifest.Verify("iteration-00/checkpoint")).Message.ShouldContain("does not list it");
    }

    [Fact]
    public void An_artifact_that_is_not_there_cannot_be_finished()
    {
        var manifest = RunManifest.Open(_run.Path);
        Should.Throw<TSpinException>(() => manifest.Add("iteration-01/responses.jsonl"));
        manifest.Artifacts.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData(".")]
    [InlineData("a/../..")]
    public void Paths_outside_the_run_are_a_mistake_of_the_caller(string path) =>
        Should.Throw<ArgumentException>(() => RunManifest.Open(_run.Path).Contains(path));

    [Fact]
    public void Unknown_fields_and_entries_are_passed_over()
    {
        File.WriteAllText(_run["manifest.json"], """
            {"version":9,"artifacts":{
              "a":{"bytes":3,"sha256":"00","completed":"2026-01-08T00:00:00Z","signature":"x"},
              "b":{"bytes":"many"},
              "c":7}}
            """);
        RunManifest.Open(_run.Path).Artifacts.Keys.ShouldBe(["a"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"artifacts\":[]}")]
    public void A_file_that_is_no_manifest_is_a_clear_fault(string content)
    {
        File.WriteAllText(_run["manifest.json"], content);
        Should.Throw<TSpinException>(() => RunManifest.Open(_run.Path)).Message.ShouldContain("manifest.json: not a manifest");
    }

    private static string Fault(RunManifest manifest)
    {
        var message = Should.Throw<TSpinException>(() => manifest.Verify("iteration-00")).Message;
        message.ShouldContain("model.safetensors");
        message.ShouldContain("Restore it");
        return message;
    }
}
