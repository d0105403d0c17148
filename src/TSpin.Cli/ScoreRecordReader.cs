using System.Text.Json;
using TSpin.Files;
using TSpin.Prompts;
using TSpin.Tokens;

namespace TSpin.Cli;

/// <summary>
/// Reads what <c>tspin score</c> scores. A prompt given as text is rendered and gets the model's special tokens, a response given as text
/// gets none (but EOS where wanted): just as in training. Ids are taken as they are.
/// </summary>
/// <param name="folder">The model's folder; its tokenizer is only needed when a record holds text.</param>
/// <param name="template">How prompts given as text are rendered.</param>
/// <param name="appendsEos">Whether EOS follows responses given as text.</param>
/// <param name="standardInput">What <c>-</c> reads.</param>
internal sealed class ScoreRecordReader(string folder, PromptTemplate template, bool appendsEos, TextReader standardInput)
{
    private readonly Lazy<Tokenizer> _tokenizer = new(() => Tokenizer.Load(folder));

    /// <summary>Reads records lazily.</summary>
    /// <param name="path">A JSONL file, or <c>-</c> for standard input.</param>
    public IEnumerable<(int[] Prompt, int[] Response)> Read(string path)
    {
        var name = path == "-" ? "standard input" : path;
        return (path == "-" ? StandardInput() : JsonLinesReader.Read<JsonElement>(path)).Select((record, i) => Parse(record, $"{name}: record {i}"));
    }

    private IEnumerable<JsonElement> StandardInput()
    {
        for (var number = 1; standardInput.ReadLine() is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Element(line, number);
            }
        }
    }

    private static JsonElement Element(string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(line, JsonLinesFormat.Default);
        }
        catch (JsonException error)
        {
            throw new TSpinException($"standard input: line {number} is not JSON: {error.Message.Split(" LineNumber: ")[0]} Write one record a line.", error);
        }
    }

    private (int[] Prompt, int[] Response) Parse(JsonElement record, string place)
    {
        if (record.ValueKind != JsonValueKind.Object)
        {
            throw new TSpinException($"{place}: is not an object. Write {{\"prompt\": ..., \"response\": ...}}, or prompt_ids and response_ids, or ids.");
        }

        if (RecordFields.Ids(record, "ids", place) is { } all)
        {
            return all.Length > 0 ? (all[..1], all[1..]) : throw new TSpinException($"{place}: field ids is empty. Its first token is the prompt.");
        }

        var prompt = RecordFields.Ids(record, "prompt_ids", place)
            ?? (RecordFields.Text(record, "prompt", place) is { } promptText ? _tokenizer.Value.Encode(template.Render(promptText), addSpecialTokens: true) : null)
            ?? throw new TSpinException($"{place}: has neither prompt nor prompt_ids (nor ids). Add one.");
        var response = RecordFields.Ids(record, "response_ids", place)
            ?? (RecordFields.Text(record, "response", place) is { } responseText ? EncodeResponse(responseText) : null)
            ?? throw new TSpinException($"{place}: has neither response nor response_ids. Add one.");
        return (prompt, response);
    }

    private int[] EncodeResponse(string text)
    {
        var ids = _tokenizer.Value.Encode(text, addSpecialTokens: false);
        return !appendsEos ? ids
            : _tokenizer.Value.EosId is { } eos ? [.. ids, eos]
            : throw new TSpinException($"--eos: the tokenizer of {folder} names no EOS token. Leave the option out, or add it to response_ids.");
    }
}
