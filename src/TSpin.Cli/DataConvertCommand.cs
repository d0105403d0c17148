using System.CommandLine;
using TSpin.Data;
using TSpin.Files;

namespace TSpin.Cli;

/// <summary><c>tspin data convert</c>: any data file as JSON Lines, whole or as the prompts and responses that a run would take from it.</summary>
internal static class DataConvertCommand
{
    /// <summary>The sub-verb.</summary>
    /// <returns>To be added to <c>data</c>.</returns>
    public static Command Create()
    {
        var source = HubNames.DataArgument("SOURCE");
        var target = new Argument<string>("OUT") { Description = "The JSON Lines file to write." };
        var pairs = new Option<bool>("--pairs") { Description = "Write {prompt, response} as a run takes them, instead of whole records." };
        var examples = new Option<int?>("--examples") { Description = "With --pairs: how many, the first of the seeded shuffle. Default: all, shuffled." };
        var seed = new Option<ulong>("--seed") { Description = "With --pairs: the seed of the shuffle, as in a recipe.", DefaultValueFactory = _ => 42 };
        var skipBad = new Option<bool>("--skip-bad") { Description = "With --pairs: leave bad records out, instead of refusing the files." };
        var columns = new DataColumnOptions();
        var command = new Command("convert", "Write data files as JSON Lines. Example: tspin data convert data/train.parquet train.jsonl") { source, target, pairs, examples, seed, skipBad };
        columns.AddTo(command);
        command.SetAction(result =>
        {
            var (from, to) = (HubNames.Files(source.Name, result.GetRequiredValue(source)), result.GetRequiredValue(target));
            var named = columns.Of(result);
            if (!result.GetValue(pairs) && (result.GetValue(examples) is not null || result.GetValue(skipBad) || named.IsAny))
            {
                throw new TSpinException("--examples, --skip-bad and the columns belong to prompts and responses; add --pairs");
            }

            if (from.SelectMany(SourceFiles.Expand).Any(file => Path.GetFullPath(file) == Path.GetFullPath(to)))
            {
                throw new TSpinException($"{to}: is one of the files to be read; name another file to write");
            }

            long count;
            if (result.GetValue(pairs))
            {
                var subset = ExampleReader.ReadSubset(from, DataFormat.Auto, result.GetValue(skipBad), named, result.GetValue(examples), result.GetValue(seed));
                DataNotice.Write(subset.NotUsed, subset.Skipped.Count, result.InvocationConfiguration.Error);
                count = WritePairs(subset, to);
            }
            else
            {
                count = WriteRecords(from, to);
            }

            result.InvocationConfiguration.Output.WriteLine($"{to}: {count} {(count == 1 ? "record" : "records")}");
            return 0;
        });
        return command;
    }

    private static long WritePairs(ExampleSubset subset, string path)
    {
        JsonLinesFile.Write(path, subset.Examples.Select(example => new Pair(example.Prompt, example.Response)));
        return subset.Examples.Count;
    }

    private static long WriteRecords(IReadOnlyList<string> sources, string path)
    {
        var count = 0L;
        AtomicFile.Write(path, stream =>
        {
            foreach (var record in sources.SelectMany(SourceRecords.Read))
            {
                stream.Write(record.Span);
                stream.WriteByte((byte)'\n');
                count++;
            }
        });
        return count;
    }

    private sealed record Pair(string Prompt, string Response);
}
