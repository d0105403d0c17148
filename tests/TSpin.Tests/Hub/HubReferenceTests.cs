using Shouldly;
using TSpin.Hub;
using Xunit;

namespace TSpin.Tests.Hub;

public sealed class HubReferenceTests
{
    [Theory]
    [InlineData("org/name", "org/name", "main", null)]
    [InlineData("hub:org/name", "org/name", "main", null)]
    [InlineData("gpt2", "gpt2", "main", null)]
    [InlineData("org/na.me-1_x@refs/pr/3", "org/na.me-1_x", "refs/pr/3", null)]
    [InlineData("hub:org/name:data/train-*.parquet", "org/name", "main", "data/train-*.parquet")]
    [InlineData("hub:org/name@v1.0:a b.jsonl", "org/name", "v1.0", "a b.jsonl")]
    public void Names_are_read(string text, string id, string revision, string? files) =>
        HubReference.Parse(text).ShouldBe(new HubReference(id, revision, files));

    [Theory]
    [InlineData("")]
    [InlineData("hub:")]
    [InlineData("hub:/etc/passwd")]
    [InlineData("hub:org/name/more")]
    [InlineData("hub:org/..")]
    [InlineData("hub:org/name@../../x")]
    [InlineData("hub:org/name@a//b")]
    [InlineData("hub:org/name:../../x")]
    [InlineData("hub:org/name:a\\b")]
    [InlineData("hub:org name")]
    public void Other_text_is_refused_with_the_form(string text) =>
        Should.Throw<TSpinException>(() => HubReference.Parse(text)).Message.ShouldContain("org/name@revision");

    [Fact]
    public void What_exists_or_looks_like_a_path_is_one()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "org", "name"));
        HubReference.FromPathOrName(Path.Combine(folder.Path, "org", "name")).ShouldBeNull();
        HubReference.FromPathOrName("./org/name").ShouldBeNull();
        HubReference.FromPathOrName("../models/smol").ShouldBeNull();
        HubReference.FromPathOrName("/no/such/folder").ShouldBeNull();
        HubReference.FromPathOrName("no-such-folder").ShouldBeNull();
        HubReference.FromPathOrName("no/such/folder").ShouldBeNull();
        HubReference.FromPathOrName("no-such-org/no-such-name@v2").ShouldBe(new HubReference("no-such-org/no-such-name", "v2"));
    }

    [Fact]
    public void A_star_stops_at_a_slash()
    {
        var files = HubReference.Parse("hub:o/n:data/train-*.jsonl");
        files.Covers("data/train-1.jsonl").ShouldBeTrue();
        files.Covers("data/train-1/2.jsonl").ShouldBeFalse();
        files.Covers("data/train-1xjsonl").ShouldBeFalse();
        files.Covers("more/data/train-1.jsonl").ShouldBeFalse();
    }

    [Fact]
    public void Settings_come_from_the_variables_of_huggingface_hub()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "token"), " hf_fromfile\n");
        var variables = new Dictionary<string, string> { ["HF_HOME"] = folder.Path, ["HF_ENDPOINT"] = "https://mirror.example/hf/", ["HF_HUB_OFFLINE"] = "True" };
        var settings = HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));
        settings.CacheFolder.ShouldBe(Path.Combine(folder.Path, "hub"));
        settings.Token.ShouldBe("hf_fromfile");
        settings.Endpoint.ShouldBe(new Uri("https://mirror.example/hf"));
        settings.Offline.ShouldBeTrue();

        variables["HF_TOKEN"] = "hf_variable";
        variables["HF_HUB_CACHE"] = Path.Combine(folder.Path, "elsewhere");
        settings = HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));
        settings.Token.ShouldBe("hf_variable");
        settings.CacheFolder.ShouldBe(Path.Combine(folder.Path, "elsewhere"));

        variables["HF_HUB_OFFLINE"] = "0";
        variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
        settings = HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));
        (settings.Token, settings.Offline).ShouldBe((null, false));
        variables["TRANSFORMERS_OFFLINE"] = "1";
        HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name)).Offline.ShouldBeTrue();

        HubSettings.FromEnvironment(_ => null).CacheFolder.ShouldEndWith(Path.Combine("huggingface", "hub"));
    }

    [Theory]
    [InlineData("HF_ENDPOINT", "huggingface.co")]
    [InlineData("HF_TOKEN", "two words")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT", "soon")]
    public void A_variable_that_makes_no_sense_is_named(string name, string value) =>
        Should.Throw<TSpinException>(() => HubSettings.FromEnvironment(asked => asked == name ? value : null)).Message.ShouldContain(name);
}
