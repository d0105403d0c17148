using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check tokenizer</c>: ids and decoded texts against those that another stack recorded.</summary>
internal static class CheckTokenizerCommand
{
    public static Command Create()
    {
        var record = new Argument<string>("RECORD") { Description = "JSON with a list per kind of output, an entry per text: ids, ids_with_special (null: the same), decoded_ids, decoded_skip_special_from_ids_with_special." };
        var texts = new Option<string>("--texts") { Description = "JSON: the list of texts the record was made from.", Required = true, HelpName = "FILE" };
        var tokenizer = new Option<string>("--tokenizer") { Description = "tokenizer.json, tokenizer.model, or a model folder.", Required = true, HelpName = "FILE_OR_FOLDER" };
        var command = new Command("tokenizer", "Ids and decoded texts of a tokenizer. Example: tspin check tokenizer record.json --texts texts.json --tokenizer ./my-model")
        {
            record, texts, tokenizer, CheckCommand.Json,
        };
        command.SetAction(result => CheckCommand.Show(
            result, [TokenizerCheck.Run(result.GetRequiredValue(record), result.GetRequiredValue(texts), result.GetRequiredValue(tokenizer))]));
        return command;
    }
}
