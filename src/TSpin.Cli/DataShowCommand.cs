using System.CommandLine;
using System.Text.Json;
using TSpin.Data;
using TSpin.Files;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary><c>tspin data show</c>: annotated examples as a model sees them, token by token, and which tokens are trained.</summary>
internal static class DataShowCommand
{
    private const string Trained = "\x1b[32m";
    private const string Plain = "\x1b[0m";

    /// <summary>The sub-verb.</summary>
    /// <returns>To be added to <c>data</c>.</returns>
    public static Command Create()
    {
        var source = HubNames.DataArgument("SOURCE");
        var model = new Option<string>("--model") { Description = "The model's folder or GGUF file, for tokenizer and chat template.", Required = true, HelpName = "FOLDER" };
        var prompt = new PromptOptions("paper");
        var turns = new Option<string>("--turns") { Description = "Which assistant turns are annotated: first, last or every; as data.turns.", DefaultValueFactory = _ => "first" };
        turns.AcceptOnlyFromAmong("first", "last", "every");
        var count = new Option<int>("--count") { Description = "How many examples, from the first.", DefaultValueFactory = _ => 1 };
        var index = new Option<int?>("--index") { Description = "This example alone, from 0." };
        var json = new Option<bool>("--json") { Description = "One JSON object per example: prompt, response, ids, pieces, trained." };
        var columns = new DataColumnOptions();
        var command = new Command("show", "Examples as a model sees them: the rendered prompt, token ids, which tokens are trained. Example: tspin data show train.jsonl --model ./my-model --template chat")
        {
            source, model, turns, count, index, json,
        };
        prompt.AddTo(command);
        columns.AddTo(command);
        command.SetAction(result =>
        {
            var folder = HubNames.Model(result.GetRequiredValue(model));
            var tokenizer = Tokenizers.Load(folder);
            var rendering = prompt.Of(result, folder);
            var encoder = new PromptEncoder(rendering, tokenizer, DecoderConfigReader.Read(folder));
            var set = ExampleReader.Read(HubNames.Files(source.Name, result.GetRequiredValue(source)), DataFormat.Auto, skipBad: true, columns.Of(result), Enum.Parse<AnnotatedTurns>(result.GetRequiredValue(turns), ignoreCase: true));
            DataNotice.Write(set, result.InvocationConfiguration.Error);
            var output = result.InvocationConfiguration.Output;
            if (!result.GetValue(json))
            {
                output.WriteLine($"ends of a response: {encoder.Ends}");
            }

            foreach (var example in Chosen(set.Examples, result.GetValue(index), result.GetValue(count)))
            {
                var shown = Show(example, rendering, encoder, tokenizer);
                output.WriteLine(result.GetValue(json) ? JsonSerializer.Serialize(shown, JsonLinesFormat.Default) : Text(shown, colour: ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected));
            }

            return 0;
        });
        return command;
    }

    private static IEnumerable<AnnotatedExample> Chosen(IReadOnlyList<AnnotatedExample> examples, int? index, int count) =>
        index is null ? examples.Take(count > 0 ? count : throw new TSpinException($"--count {count}: must be at least 1."))
        : index >= 0 && index < examples.Count ? [examples[index.Value]]
        : throw new TSpinException($"--index {index}: the data have {examples.Count} usable examples; use 0 to {examples.Count - 1}.");

    private static ShownExample Show(AnnotatedExample example, PromptTemplate template, PromptEncoder encoder, Tokenizer tokenizer)
    {
        var prompt = encoder.Prompts([example.Asked])[0];
        int[] response = [.. encoder.Responses([(example.Asked, example.Response)])[0], .. encoder.EndId is { } end ? [end] : Array.Empty<int>()];
        int[] ids = [.. prompt.Ids, .. response];
        return new ShownExample(
            example.Index, $"{example.SourceFile}:{example.SourceLine}", prompt.Text, template.RenderResponse(example.Asked, example.Response), ids,
            [.. ids.Select(tokenizer.Piece)], [.. ids.Select((_, at) => at >= prompt.Ids.Length)], encoder.IsOneText(example.Asked, example.Response), encoder.Ends.All, encoder.EndId);
    }

    private static string Text(ShownExample shown, bool colour)
    {
        var (open, close) = colour ? (Trained, Plain) : ("[", "]");
        var trained = shown.Trained.Count(flag => flag);
        var tokens = shown.Ids.Select((id, at) => $"{id}:{JsonSerializer.Serialize(shown.Pieces[at], JsonLinesFormat.Default)}").ToArray();
        var note = shown.IsOneText ? "" : "\nthe tokenizer would join the end of the prompt with the start of the response: as one text they have other ids";
        return $"example {shown.Index}, {shown.Source}: {shown.Ids.Length} tokens, {trained} of them trained (in {(colour ? "green" : "brackets")}){note}\n"
            + $"{shown.Prompt}{open}{shown.Response}{close}\n\n"
            + string.Join(' ', tokens[..^trained]) + (trained > 0 ? $" {open}{string.Join(' ', tokens[^trained..])}{close}" : "") + "\n";
    }
}
