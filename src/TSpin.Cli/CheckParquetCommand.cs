using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check parquet</c>: are the rows of a Parquet file those that another stack wrote?</summary>
public static class CheckParquetCommand
{
    /// <summary>The sub-verb.</summary>
    /// <returns>To be added to <c>check</c>.</returns>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A Parquet file." };
        var rows = new Option<string>("--rows")
        {
            Description = "What it must hold: a JSON Lines file with one object for each row; none: no rows; error: reading it must end in a clear error.",
            HelpName = "FILE|none|error",
            Required = true,
        };
        var command = new Command("parquet", "Rows of a Parquet file") { file, rows, CheckCommand.Json };
        command.SetAction(result => CheckCommand.Show(result, [ParquetCheck.Run(result.GetRequiredValue(file), result.GetRequiredValue(rows))]));
        return command;
    }
}
