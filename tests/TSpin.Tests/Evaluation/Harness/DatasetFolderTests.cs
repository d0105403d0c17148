using System.IO.Compression;
using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>Where the rows of a dataset may lie.</summary>
public sealed class DatasetFolderTests : IDisposable
{
    private const string Row = """{"question": "q"}""";
    private static readonly TaskData Data = new("org/set", "Name", Training: "train", Test: "test");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("org/set/Name/test.jsonl")]
    [InlineData("org/set/Name/test-00000-of-00001.jsonl")]
    [InlineData("org/set/Name/test-00000-of-00001-0a1b2c3d4e5f.jsonl.gz")]
    [InlineData("set/Name/test.json")]
    [InlineData("Name/test.jsonl")]
    public void A_split_is_found_in_the_layouts_of_the_hub(string path)
    {
        Write(path, path.EndsWith(".json", StringComparison.Ordinal) ? $"[{Row}]" : Row);
        new DatasetFolder(_folder.Path).Rows(Data, "test").ShouldHaveSingleItem().Text("question").ShouldBe("q");
        Should.Throw<TSpinException>(() => new DatasetFolder(_folder.Path).Rows(Data, "train")).Message.ShouldContain("org/set/Name/train.parquet");
    }

    [Theory]
    [InlineData("org/set/data/test-00000-of-00002.jsonl", "org/set/data/test-00001-of-00002.jsonl")]
    [InlineData("org/set/default/test.jsonl", null)]
    [InlineData("org/set/test.csv", null)]
    public void Without_a_configuration_it_lies_in_default_in_data_or_in_the_repository_itself(string path, string? second)
    {
        Write(path, path.EndsWith("csv", StringComparison.Ordinal) ? "question\nq\n" : Row);
        Write("org/set/data/testing.jsonl", Row + "\n" + Row);
        if (second is not null)
        {
            Write(second, """{"question": "r"}""");
        }

        var rows = new DatasetFolder(_folder.Path).Rows(Data with { Name = null }, "test");
        rows.Select(row => row.Text("question")).ShouldBe(second is null ? ["q"] : ["q", "r"]);
        rows[0].Place.ShouldEndWith(", row 1");
    }

    [Fact]
    public void A_table_may_be_named_for_its_configuration_and_a_file_may_stand_for_the_evaluated_split()
    {
        var task = new GpqaTask("main");
        Write("Idavidrein/gpqa/gpqa_main.csv", "Question,Correct Answer\nWhy?,So\n");
        new DatasetFolder(_folder.Path).Rows(task.Data, task.Data.Evaluated).ShouldHaveSingleItem().Text("Correct Answer").ShouldBe("So");
        Write("mine.jsonl", Row);
        Write("Name/train.jsonl", Row + "\n" + Row);
        var file = new DatasetFolder(_folder["mine.jsonl"]);
        file.Rows(Data, "test").Count.ShouldBe(1);
        file.Rows(Data, "train").Count.ShouldBe(2);
    }

    [Fact]
    public void Faults_name_the_file_and_what_helps()
    {
        Write("Name/test.jsonl", "");
        Should.Throw<TSpinException>(() => new DatasetFolder(_folder.Path).Rows(Data, "test")).Message.ShouldContain("test.jsonl: holds no rows");
        Write("Name/test.jsonl", Row + "\n[1]");
        Should.Throw<TSpinException>(() => new DatasetFolder(_folder.Path).Rows(Data, "test")).Message.ShouldContain("test.jsonl, row 2");
        Should.Throw<TSpinException>(() => new DatasetFolder(_folder["absent"]).Rows(Data, "test")).Message.ShouldContain("there is no such folder");
        Should.Throw<TSpinException>(() => new DatasetFolder(_folder.Path).Rows(new HellaSwagTask().Data, "validation"))
            .Message.ShouldContain("Fetch it from huggingface.co/datasets/Rowan/hellaswag and put it at Rowan/hellaswag/default/validation.parquet");
    }

    private void Write(string path, string text)
    {
        var file = _folder[path];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllText(file, text);
            return;
        }

        using var packed = new GZipStream(File.Create(file), CompressionLevel.Fastest);
        packed.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
