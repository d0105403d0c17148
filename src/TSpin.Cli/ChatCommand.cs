using System.CommandLine;
using System.Globalization;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary><c>tspin chat</c>: a conversation with a checkpoint. With other templates than chat templates each answer stands alone, as in training.</summary>
internal static class ChatCommand
{
    private const string Help = "/reset begins anew, /system TEXT does so with that system turn (/system alone: with none), /temperature X sets the temperature (0 is greedy), /quit or end of input ends. Ctrl-C stops an answer.";

    /// <summary>The verb.</summary>
    /// <param name="standardInput">Where lines come from. Default: the console.</param>
    public static Command Create(TextReader? standardInput = null)
    {
        var model = new ModelOptions();
        var temperature = new Option<double>("--temperature") { Description = "0 is greedy.", DefaultValueFactory = _ => 0.7 };
        var topP = new Option<double>("--top-p") { Description = "Smallest set of tokens with this probability; 1 is off.", DefaultValueFactory = _ => 0.95 };
        var alone = new Option<bool>("--alone") { Description = "Every question by itself, as in training. Default: with a chat template, earlier questions and answers are part of the prompt." };
        var command = new Command("chat", "Talk with a checkpoint; a line of piped input is a question. Example: tspin chat runs/demo/seed-42/tspin/iteration-03/checkpoint --temperature 0")
        {
            temperature, topP, alone,
        };
        model.AddTo(command);
        command.SetAction(result =>
        {
            using var decoder = model.Load(result);
            var tokenizer = Tokenizers.Load(model.PathOf(result));
            var options = new SamplingOptions { MaxNewTokens = model.LongestAnswer(result, decoder.Config), Temperature = result.GetValue(temperature), TopP = result.GetValue(topP) };
            options.Validate();
            var encoder = new PromptEncoder(model.TemplateOf(result), tokenizer, model.ConfigOf(decoder));
            var remembers = !result.GetValue(alone) && TemplateText.IsChat(result.GetRequiredValue(model.Prompt.Template));
            var chat = new Chat(decoder, tokenizer, encoder, new Conversation(encoder, decoder.Config.LongestSequence - options.MaxNewTokens, remembers), options, result.GetValue(model.Seed));
            return chat.Talk(standardInput ?? Console.In, result.InvocationConfiguration.Output, isPerson: standardInput is null && !Console.IsInputRedirected);
        });
        return command;
    }

    private sealed class Chat(Decoder decoder, Tokenizer tokenizer, PromptEncoder encoder, Conversation conversation, SamplingOptions options, ulong seed)
    {
        private SamplingOptions _options = options;

        public int Talk(TextReader input, TextWriter output, bool isPerson)
        {
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

                var line = input.ReadLine()?.Trim();
                if (line is null or "/quit" or "/exit")
                {
                    return 0;
                }

                try
                {
                    if (line.StartsWith('/'))
                    {
                        Obey(line);
                    }
                    else if (line.Length > 0)
                    {
                        Answer(line, output, NamedSeed.Derive(seed, "chat", turn));
                    }
                }
                catch (TSpinException error) when (isPerson)
                {
                    Console.Error.WriteLine(error.Message);
                }
            }
        }

        private void Answer(string question, TextWriter output, ulong seedOfAnswer)
        {
            var (ids, forgotten) = conversation.Ask(question);
            if (forgotten > 0)
            {
                var rest = conversation.Exchanges > 0 ? $"; {conversation.Exchanges} before this one {(conversation.Exchanges == 1 ? "is" : "are")} kept" : "";
                Console.Error.WriteLine(
                    $"[the conversation has outgrown the model's {decoder.Config.LongestSequence} positions: its {(forgotten == 1 ? "oldest question is" : $"{forgotten} oldest questions are")} forgotten{rest}]");
            }

            using var interruption = new Interruption();
            var answer = new System.Text.StringBuilder();
            try
            {
                foreach (var piece in new Generator(decoder, tokenizer, _options, encoder.EndIds).Stream(ids, seedOfAnswer, interruption.Token))
                {
                    answer.Append(piece);
                    output.Write(piece);
                    output.Flush();
                }
            }
            catch (OperationCanceledException)
            {
                output.Write(" [stopped]");
            }

            output.WriteLine();
            conversation.Answer(answer.ToString());
        }

        private void Obey(string line)
        {
            var words = line.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["/reset"]:
                    conversation.Reset();
                    break;
                case ["/system", ..]:
                    conversation.Reset();
                    conversation.System = words.ElementAtOrDefault(1);
                    break;
                case ["/temperature", var text] when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value):
                    var changed = _options with { Temperature = value };
                    changed.Validate();
                    _options = changed;
                    break;
                default:
                    Console.Error.WriteLine(Help);
                    break;
            }
        }
    }
}
