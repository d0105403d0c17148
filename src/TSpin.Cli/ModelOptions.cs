using System.CommandLine;
using TSpin.Adapters;
using TSpin.ChatTemplates;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Cli;

/// <summary>What every verb that answers with a model takes: the folder, how prompts are rendered, type and device.</summary>
internal sealed class ModelOptions
{
    private const int DefaultLongestAnswer = 256;

    private string? _path;
    private string? _adapter;

    public Argument<string> Folder { get; } = new("MODEL") { Description = "A Hugging Face model folder, a GGUF file, a LoRA adapter's folder, or org/name[@revision] on a hub (docs/hub.md)." };

    public PromptOptions Prompt { get; } = new("paper");

    public Option<int?> MaxNewTokens { get; } = new("--max-new-tokens") { Description = "Longest answer, in tokens. Default: 256, or half of the model's positions where they are fewer." };

    public Option<ulong> Seed { get; } = new("--seed") { Description = "Seed of sampling.", DefaultValueFactory = _ => 42 };

    public Option<string> Type { get; } = new("--dtype") { Description = "auto, float32 or bfloat16.", DefaultValueFactory = _ => "auto" };

    public Option<string> Device { get; } = CommonOptions.Device();

    /// <summary>This process where others load the same model; null where there are none.</summary>
    public LaunchedRank? Launched { get; set; }

    public Option<string?> Base { get; } = new("--base") { Description = "Where MODEL is a LoRA adapter: its base model's folder. Default: what the adapter names.", HelpName = "FOLDER" };

    public void AddTo(Command command)
    {
        Type.AcceptOnlyFromAmong("auto", "float32", "bfloat16");
        command.Add(Folder);
        Prompt.AddTo(command);
        command.Add(MaxNewTokens);
        command.Add(Seed);
        command.Add(Type);
        command.Add(Device);
        command.Add(Base);
    }

    /// <summary>The folder of the model, or of an adapter's base model; fetched from a hub where it is named so.</summary>
    public string PathOf(ParseResult result)
    {
        if (_path is null)
        {
            using var interruption = new Interruption();
            _path = HubNames.Model(result.GetRequiredValue(Folder), interruption.Token);
            if (LoraAdapter.IsAdapter(_path))
            {
                _adapter = _path;
                var name = result.GetValue(Base) ?? LoraAdapter.ReadConfig(_path).BaseModel
                    ?? throw new TSpinException($"{_path}: the adapter does not name its base model. Give it with --base.");
                _path = HubNames.Model(name, interruption.Token);
                if (!Path.Exists(_path))
                {
                    throw new TSpinException($"{_adapter}: its base model {name} is not here. Give its folder with --base.");
                }
            }
        }

        return _path;
    }

    /// <summary>The folder of the model, and that of the adapter where there is one: all that the answers' weights come from.</summary>
    public IReadOnlyList<string> WeightFolders(ParseResult result) => PathOf(result) is var path && _adapter is null ? [path] : [path, _adapter!];

    /// <summary>The adapter's folder, where there is one; known once <see cref="PathOf"/> was asked.</summary>
    public string? AdapterFolder => _adapter;

    /// <summary>A model's configuration with the ends that it was trained with, which an adapter's folder keeps.</summary>
    public DecoderConfig ConfigOf(Decoder decoder) => _adapter is null ? decoder.Config : DecoderConfigReader.WithEndsOf(_adapter, decoder.Config);

    /// <summary>How prompts are rendered. The paper's template stays the default even for a model with one of its own: a checkpoint keeps the template of the model it was trained from, whatever it was trained with.</summary>
    public PromptTemplate TemplateOf(ParseResult result)
    {
        if (result.GetResult(Prompt.Template) is { Implicit: true } && ChatTemplate.ExistsIn(PathOf(result)))
        {
            Console.Error.WriteLine("The model has a chat template of its own, which --template chat uses; prompts are rendered with --template paper.");
        }

        return Prompt.Of(result, PathOf(result));
    }

    /// <summary>The longest answer in tokens, which leaves the model a position for a prompt.</summary>
    public int LongestAnswer(ParseResult result, DecoderConfig config) => result.GetValue(MaxNewTokens) switch
    {
        null => Math.Min(DefaultLongestAnswer, Math.Max(1, config.LongestSequence / 2)),
        { } stated when stated >= 1 && stated < config.LongestSequence => stated,
        { } other => throw new TSpinException($"--max-new-tokens {other}: prompt and answer share the model's {config.LongestSequence} positions. Use 1 to {config.LongestSequence - 1}."),
    };

    /// <summary>Loads the model in the type it will compute in.</summary>
    public Decoder Load(ParseResult result)
    {
        var folder = PathOf(result);
        var where = result.GetRequiredValue(Device);
        var device = AvailableDevice.Parse(Launched?.DeviceOf(where) ?? where, Device.Name);
        var wanted = Enum.Parse<ComputeType>(result.GetRequiredValue(Type), ignoreCase: true);
        var type = ComputeTypeChoice.Decide(wanted, DecoderConfigReader.Read(folder).HiddenSize, device);
        if (Launched is not { Rank: > 0 } && ComputeTypeChoice.SlowNotice(wanted, device) is { } slow)
        {
            Console.Error.WriteLine($"note: {slow}");
        }

        var decoder = DecoderLoader.Load(folder, type, type, device);
        DecoderLoader.RequireHead(decoder, folder);
        if (_adapter is not null)
        {
            var adapter = LoraAdapter.Load(_adapter, decoder);
            // Merged, a token takes one native pass a block (a fifth faster). In bfloat16 not: there an update smaller than half the weight's last bit would be lost.
            if (type == DType.Float32 && adapter.CanMergeInto(decoder))
            {
                using (adapter)
                {
                    adapter.MergeInto(decoder);
                }
            }
            else
            {
                decoder.Adapter = adapter;
            }
        }

        return decoder;
    }
}
