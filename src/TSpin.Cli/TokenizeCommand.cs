using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TSpin.Files;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary><c>tspin tokenize</c>: text to token ids and pieces, and back.</summary>
internal static class TokenizeCommand
{
    private static readonly char[] Separators = [' ', ',', ';', '[', ']', '\t', '\r', '\n'];

    /// <param name="standardInput">Where text comes from that is neither an argument nor in a file. Default: the console's.</param>
    public static Command Create(TextReader? standardInput = null)
    {
        var folder = new Argument<string>("TOKENIZER") { Description = "A model folder, its tokenizer.json or tokenizer.model, or a GGUF file." };
        var text = new Argument<string?>("TEXT") { Description = "The text (with --decode: the ids). Default: all of standard input, final line break included.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file") { Description = "Read this file instead.", HelpName = "FILE" };
        var lines = new Option<bool>("--lines") { Description = "Every line is a text (or a list of ids) of its own." };
        var special = new Option<bool>("--special") { Description = "Add the special tokens the model expects around a text; with --decode: keep special tokens in the text." };
        var decode = new Option<bool>("--decode") { Description = "Ids in, text out." };
        var json = new Option<bool>("--json") { Description = "One JSON object per text: ids, pieces, text." };
        var command = new Command("tokenize", "Token ids and pieces of a text, or the text of ids. Examples: tspin tokenize ./my-model \"Hello, world\"; tspin tokenize ./my-model \"9707 11 1879\" --decode")
        {
            folder, text, file, lines, special, decode, json,
        };
        command.SetAction(result =>
        {
            var tokenizer = Tokenizers.Load(result.GetRequiredValue(folder));
            var input = Input(result.GetValue(text), result.GetValue(file), standardInput ?? Console.In);
            foreach (var one in result.GetValue(lines) ? Lines(input) : [input])
            {
                var ids = result.GetValue(decode) ? ParseIds(one) : tokenizer.Encode(one, result.GetValue(special));
                var decoded = tokenizer.Decode(ids, skipSpecialTokens: result.GetValue(decode) && !result.GetValue(special));
                result.InvocationConfiguration.Output.Write(
                    result.GetValue(json) ? JsonSerializer.Serialize(new TokenizedText(ids, [.. ids.Select(tokenizer.Piece)], decoded), JsonLinesFormat.Default) + "\n"
                    : result.GetValue(decode) ? decoded + "\n"
                    : Table(tokenizer, ids));
            }

            return 0;
        });
        return command;
    }

    private static string Input(string? text, string? file, TextReader standardInput)
    {
        if (text is not null && file is not null)
        {
            throw new TSpinException($"--file {file}: a text is given too. Give one of the two.");
        }

        if (text is not null)
        {
            return text;
        }

        try
        {
            return file is null ? standardInput.ReadToEnd() : File.ReadAllText(file, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{file}: could not be read: {error.Message} Check the path and its permissions.", error);
        }
    }

    private static IEnumerable<string> Lines(string text)
    {
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static int[] ParseIds(string text) =>
    [
        .. text.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? id
                : throw new TSpinException($"--decode: {JsonSerializer.Serialize(word.Length > 40 ? word[..40] + "…" : word, JsonLinesFormat.Default)} is no token id. Give whole numbers with spaces or commas between.")),
    ];

    // A piece is shown as JSON writes it, so that line breaks and spaces can be seen and nothing reaches the terminal raw.
    private static string Table(Tokenizer tokenizer, int[] ids)
    {
        var result = new StringBuilder();
        foreach (var id in ids)
        {
            result.Append(CultureInfo.InvariantCulture, $"{id,7}  {JsonSerializer.Serialize(tokenizer.Piece(id), JsonLinesFormat.Default)}\n");
        }

        return result.Append(CultureInfo.InvariantCulture, $"{ids.Length} tokens\n").ToString();
    }
}
