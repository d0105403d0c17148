using System.CommandLine;
using System.Text.Json;
using TSpin.Data;
using TSpin.Files;
using TSpin.Recipes;

namespace TSpin.Cli;

/// <summary><c>tspin data info</c>: what annotated files hold, and whether they can be trained on.</summary>
internal static class DataInfoCommand
{
    private const int ShownBad = 3;
    private const int ShownCharacters = 400;

    /// <summary>The sub-verb.</summary>
    /// <returns>To be added to <c>data</c>.</returns>
    public static Command Create()
    {
        var source = HubNames.DataArgument("SOURCE");
        var columns = new DataColumnOptions();
        var json = new Option<bool>("--json") { Description = "Print the summary as JSON." };
        var command = new Command("info", "What data files hold: columns, format, counts, the first example. Example: tspin data info 'data/train_sft-*.parquet'") { source, json };
        columns.AddTo(command);
        command.SetAction(result =>
        {
            var summary = SourceSummary.Of(HubNames.Files(source.Name, result.GetRequiredValue(source)), DataFormat.Auto, columns.Of(result));
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(summary, JsonLinesFormat.Default));
            }
            else
            {
                Show(summary, output);
            }

            return summary.Fault is null ? 0 : 2;
        });
        return command;
    }

    private static void Show(SourceSummary summary, TextWriter output)
    {
        output.WriteLine($"files     {summary.Files.Count}, {summary.Bytes} bytes{(summary.Files.Count > 1 ? $": {Path.GetFileName(summary.Files[0])} to {Path.GetFileName(summary.Files[^1])}" : "")}");
        output.WriteLine($"columns   {string.Join("\n          ", summary.Columns)}");
        if (summary.Fault is { } fault)
        {
            output.WriteLine($"record    {Cut(summary.FirstRecord)}");
            output.WriteLine($"not usable as it is: {fault}");
            return;
        }

        output.WriteLine($"format    {RecipeTables.Format.Write(summary.Format!.Value)}");
        output.WriteLine($"examples  {summary.Usable} usable, {summary.Bad.Count} bad");
        foreach (var bad in summary.Bad.Take(ShownBad))
        {
            output.WriteLine($"  bad: {bad}");
        }

        if (summary.NotUsed.Length > 0)
        {
            output.WriteLine($"          {summary.NotUsed}");
        }

        output.WriteLine($"prompt    {Cut(summary.First!.Prompt)}");
        output.WriteLine($"response  {Cut(summary.First.Response)}");
    }

    private static string Cut(string text)
    {
        var line = text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        return line.Length <= ShownCharacters ? line : $"{line[..ShownCharacters]}… ({text.Length} characters)";
    }
}
