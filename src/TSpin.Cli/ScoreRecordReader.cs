using System.Text.Json;
using TSpin.Files;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary>
/// Reads what <c>tspin score</c> scores. A prompt given as text is rendered and gets the model's special tokens, a response given as text
/// is written as the template writes it after its prompt (with the end of the turn, or EOS, where wanted): just as in training. Ids are taken as they are.
/// </summary>
/// <param name="folder">The model's folder; its tokenizer is only needed when a record holds text.</param>
/// <param name="template">How prompts given as text are rendered.</param>
/// <param name="config">The model.</param>
/// <param name="appendsEos">Whether EOS follows responses given as text.</param>
/// <param name="standardInput">What <c>-</c> reads.</param>
internal sealed class ScoreRecordReader(string folder, PromptTemplate template, DecoderConfig config, bool appendsEos, TextReader standardInput)
{
    private readonly Lazy<(Tokenizer Tokenizer, PromptEncoder Prompts)> _encoder = new(() => Tokenizers.Load(folder) is var tokenizer ? (tokenizer, new PromptEncoder(template, tokenizer, config)) : default);

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

        var promptText = RecordFields.Text(record, "prompt", place);
        var prompt = RecordFields.Ids(record, "prompt_ids", place)
            ?? (promptText is not null ? _encoder.Value.Prompts.Prompts([promptText])[0].Ids : null)
            ?? throw new TSpinException($"{place}: has neither prompt nor prompt_ids (nor ids). Add one.");
        var response = RecordFields.Ids(record, "response_ids", place)
            ?? (RecordFields.Text(record, "response", place) is { } responseText ? EncodeResponse(promptText, responseText) : null)
            ?? throw new TSpinException($"{place}: has neither response nor response_ids. Add one.");
        return (prompt, response);
    }

    private int[] EncodeResponse(string? prompt, string text)
    {
        var (tokenizer, prompts) = _encoder.Value;
        var ids = prompt is null ? tokenizer.Encode(text, addSpecialTokens: false) : prompts.Responses([(prompt, text)], keepEnds: !appendsEos)[0];
        return !appendsEos ? ids
            : prompts.EndId is { } end ? [.. ids, end]
            : throw new TSpinException($"--eos: the tokenizer of {folder} names no EOS token. Leave the option out, or add it to response_ids.");
    }
}
