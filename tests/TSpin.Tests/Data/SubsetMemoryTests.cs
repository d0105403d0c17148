using Shouldly;
using TSpin.Data;
using TSpin.Tests.Parquet;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>Measures the memory of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(SubsetMemoryTests), DisableParallelization = true)]
[Collection(nameof(SubsetMemoryTests))]
public sealed class SubsetMemoryTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.jsonl")]
    [InlineData("a.json")]
    [InlineData("a.parquet")]
    public void A_small_subset_of_a_large_file_needs_little_memory(string name)
    {
        // 60 MB of texts, of which 20 records are taken: whatever is held at once must be far less than the file.
        var text = new string('x', 15_000);
        var rows = Enumerable.Range(0, 4000).Select(i => $"{{\"prompt\": \"p{i} {text}\", \"response\": \"r\"}}").ToArray();
        var path = name switch
        {
            "a.parquet" => _folder.Write(name, new TestParquet(TestColumn.Text("prompt"), TestColumn.Text("response")) { EntriesPerPage = 60 }.Write(rows)),
            "a.json" => _folder.Write(name, $"[{string.Join(",\n", rows)}]"),
            _ => _folder.Write(name, string.Join('\n', rows)),
        };
        rows = [];
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var subset = ExampleReader.ReadSubset([path], DataFormat.Auto, skipBad: false, null, 20, 1);
        (subset.Total, subset.Examples.Count).ShouldBe((4000, 20));
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(4_000_000);
        GC.KeepAlive(subset);
    }

    [Fact]
    public void Rows_of_separated_files_are_read_one_at_a_time()
    {
        using var folder = new TemporaryFolder();
        var path = folder["large.csv"];
        using (var writer = new StreamWriter(path))
        {
            writer.Write("prompt,response,more\n");
            for (var i = 0; i < 40; i++)
            {
                writer.Write($"p{i},r,{new string('x', 1_000_000)}\n");
            }
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var subset = ExampleReader.ReadSubset([path], DataFormat.Auto, false, null, 3, 1);
        subset.Total.ShouldBe(40);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(10_000_000);
        GC.KeepAlive(subset);
    }
}
