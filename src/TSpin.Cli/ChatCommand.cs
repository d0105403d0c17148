using System.CommandLine;
using System.Globalization;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Randomness;
using TSpin.Tokens;

namespace TSpin.Cli;

/// <summary><c>tspin chat</c>: asks a checkpoint one prompt after another; each answer stands alone, as in training.</summary>
internal static class ChatCommand
{
    private const string Help = "/temperature X sets the temperature (0 is greedy), /quit or end of input ends. Ctrl-C stops an answer.";

    public static Command Create()
    {
        var model = new ModelOptions();
        var temperature = new Option<double>("--temperature") { Description = "0 is greedy.", DefaultValueFactory = _ => 0.7 };
        var topP = new Option<double>("--top-p") { Description = "Smallest set of tokens with this probability; 1 is off.", DefaultValueFactory = _ => 0.95 };
        var command = new Command("chat", "Ask a checkpoint questions; a line of piped input is a prompt. Example: tspin chat runs/demo/seed-42/tspin/iteration-03/checkpoint --temperature 0")
        {
            temperature, topP,
        };
        model.AddTo(command);
        command.SetAction(result =>
        {
            using var decoder = model.Load(result);
            var tokenizer = Tokenizer.Load(model.PathOf(result));
            var options = new SamplingOptions { MaxNewTokens = model.LongestAnswer(result, decoder.Config), Temperature = result.GetValue(temperature), TopP = result.GetValue(topP) };
            options.Validate();
            return Talk(decoder, tokenizer, new PromptEncoder(model.TemplateOf(result), tokenizer, decoder.Config), options, result.GetValue(model.Seed));
        });
        return command;
    }

    private static int Talk(Decoder decoder, Tokenizer tokenizer, PromptEncoder encoder, SamplingOptions options, ulong seed)
    {
        var isPerson = !Console.IsInputRedirected;
        if (isPerson)
        {
            Console.Error.WriteLine(Help);
        }

        for (var turn = 0L; ; turn++)
        {
            if (isPerson)
            {
                Console.Error.Write("> ");
            }

            var line = Console.ReadLine()?.Trim();
            if (line is null or "/quit" or "/exit")
            {
                return 0;
            }

            if (line.Length == 0)
            {
                continue;
            }

            if (line.StartsWith('/'))
            {
                options = Command(line, options);
                continue;
            }

            Answer(new Generator(decoder, tokenizer, options, encoder.EndIds), encoder.Prompts([line])[0].Ids, NamedSeed.Derive(seed, "chat", turn));
        }
    }

    private static void Answer(Generator generator, int[] prompt, ulong seed)
    {
        using var interruption = new Interruption();
        try
        {
            foreach (var piece in generator.Stream(prompt, seed, interruption.Token))
            {
                Console.Write(piece);
                Console.Out.Flush();
            }
        }
        catch (OperationCanceledException)
        {
            Console.Write(" [stopped]");
        }

        Console.WriteLine();
    }

    private static SamplingOptions Command(string line, SamplingOptions options)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["/temperature", var text] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            try
            {
                var changed = options with { Temperature = value };
                changed.Validate();
                return changed;
            }
            catch (TSpinException error)
            {
                Console.Error.WriteLine(error.Message);
                return options;
            }
        }

        Console.Error.WriteLine(Help);
        return options;
    }
}
