using TSpin.Models;
using TSpin.Safetensors;
using TSpin.Torch;

namespace TSpin.Adapters;

/// <summary>
/// Low-rank adaptation (LoRA, arXiv 2106.09685): a projection W x becomes W x + s B A x with A [r, in], B [out, r] and s = alpha / r (or alpha / sqrt(r)); only A and B are
/// trained, in float32. Read and written in PEFT's format: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.
/// </summary>
public sealed class LoraAdapter : IDecoderAdapter
{
    /// <summary>The weights' file.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";

    private readonly Dictionary<string, (string A, string B, double Scale)> _modules;
    private readonly Dictionary<string, Tensor> _parameters;

    private LoraAdapter(LoraConfig config, Dictionary<string, (string A, string B, double Scale)> modules, Dictionary<string, Tensor> parameters) =>
        (Config, _modules, _parameters) = (config, modules, parameters);

    /// <summary>The adapter's shape.</summary>
    public LoraConfig Config { get; }

    /// <summary>A and B of every adapted module, by the names PEFT has in memory: <c>base_model.model.MODULE.lora_A.default.weight</c>. float32.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>Whether a folder holds an adapter rather than a model.</summary>
    /// <param name="folder">Any folder.</param>
    /// <returns>True when it has <c>adapter_config.json</c>.</returns>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, LoraConfigFile.Name));

    /// <summary>Reads an adapter's configuration alone, to learn of its base model.</summary>
    /// <param name="folder">An adapter's folder.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="TSpinException">The file is missing, damaged, or asks for what is not done here.</exception>
    public static LoraConfig ReadConfig(string folder) => LoraConfigFile.Read(folder);

    /// <summary>A new adapter that changes nothing yet: A uniform as PyTorch's linear layers begin (kaiming with a = sqrt(5)), B zero.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="decoder">What it will adapt.</param>
    /// <param name="seed">Where A's draws come from.</param>
    /// <returns>The adapter; set it as <see cref="Decoder.Adapter"/>.</returns>
    /// <exception cref="TSpinException">No module is meant.</exception>
    public static LoraAdapter Create(LoraConfig config, Decoder decoder, ulong seed)
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(seed);
        return Make(config, decoder, "lora", (module, rank, input, output) =>
        {
            // Drawn on the CPU on every device, so that a seed means one adapter. The bound sqrt(6 / ((1 + 5) in)) is 1 / sqrt(in).
            var bound = 1 / Math.Sqrt(input);
            var a = Tensor.Empty([rank, input]).FillUniform(-bound, bound, generator);
            return (a.To(DType.Float32, decoder.Device), Tensor.Zeros([output, rank]).To(DType.Float32, decoder.Device));
        });
    }

    /// <summary>Reads an adapter.</summary>
    /// <param name="folder">PEFT's folder.</param>
    /// <param name="decoder">The base model.</param>
    /// <param name="baseModel">What the adapter will call its base when it is saved. Default: what its file says.</param>
    /// <returns>The adapter; set it as <see cref="Decoder.Adapter"/>.</returns>
    /// <exception cref="TSpinException">A file is missing or damaged, the configuration asks for what is not done here, or the adapter is of another base model (names the module).</exception>
    public static LoraAdapter Load(string folder, Decoder decoder, string? baseModel = null)
    {
        var path = Path.Combine(folder, WeightsFile);
        if (!File.Exists(path))
        {
            var pickle = File.Exists(Path.Combine(folder, "adapter_model.bin")) ? " adapter_model.bin is a pickle, which can run any program when it is opened, and is never read: convert it with PEFT (save_pretrained writes safetensors)." : "";
            throw new TSpinException($"{path}: missing.{pickle} An adapter's folder holds {LoraConfigFile.Name} and {WeightsFile}.");
        }

        var config = LoraConfigFile.Read(folder);
        config = config with { BaseModel = baseModel ?? config.BaseModel };
        using var scope = new TensorScope();
        using var file = SafetensorsFile.Open(path);
        var used = new HashSet<string>(StringComparer.Ordinal);
        var adapter = Make(config, decoder, folder, (module, rank, input, output) =>
        {
            var name = LoraTargets.NamesOf(module, decoder.Config.Modules).FirstOrDefault(name => file.Tensors.ContainsKey($"{Prefix}{name}.lora_A.weight"), module);
            var (a, b) = ($"{Prefix}{name}.lora_A.weight", $"{Prefix}{name}.lora_B.weight");
            used.Add(a);
            used.Add(b);
            return (Read(file, path, a, [rank, input], decoder.Device), Read(file, path, b, [output, rank], decoder.Device));
        });
        if (file.Tensors.Keys.FirstOrDefault(name => !used.Contains(name)) is { } unknown)
        {
            adapter.Dispose();
            throw new TSpinException($"{path}: {unknown} belongs to no module that {LoraConfigFile.Name} adapts in this {decoder.Config.Family} model. The adapter is of another base model, or trains more than projections.");
        }

        return adapter;
    }

    /// <summary>Writes PEFT's two files.</summary>
    /// <param name="folder">Where to.</param>
    public void Save(string folder)
    {
        LoraConfigFile.Write(folder, Config);
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            _parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(parameter => DecoderSaver.Weight(InFile(parameter.Key), parameter.Value, DType.Float32)),
            SafetensorsWriter.TransformersMetadata);
    }

    /// <summary>Whether <see cref="MergeInto"/> is possible: an update of an output head that is the embedding too would change the embedding.</summary>
    /// <param name="decoder">The base model.</param>
    /// <returns>False where such a head is adapted.</returns>
    public bool CanMergeInto(Decoder decoder) => !decoder.Config.TieEmbeddings || !Adapts(decoder.Config.Modules.Head);

    /// <summary>Adds the update to the base's weights, so that the model computes the same without an adapter.</summary>
    /// <param name="decoder">The base model; its weights are changed.</param>
    /// <exception cref="TSpinException">See <see cref="CanMergeInto"/>.</exception>
    public void MergeInto(Decoder decoder)
    {
        if (!CanMergeInto(decoder))
        {
            throw new TSpinException($"{decoder.Config.Modules.Head}: the output head is tied to the embedding, so an update of the head alone cannot be merged. Use the adapter unmerged.");
        }

        using var off = GradMode.Off();
        foreach (var (module, (a, b, scale)) in _modules)
        {
            using var scope = new TensorScope();
            var weight = decoder.Parameters[module + ".weight"];
            var update = Layers.MatMul(_parameters[b], _parameters[a]) * scale;
            var merged = weight.Detach().To(DType.Float32) + (decoder.IsTransposed(module) ? update.Transpose(0, 1) : update);
            weight.Detach().CopyFrom(merged.To(weight.DType));
        }
    }

    /// <inheritdoc/>
    public bool Adapts(string module) => _modules.ContainsKey(module);

    /// <inheritdoc/>
    public Tensor Delta(string module, Tensor input)
    {
        // In the input's type, as under torch's autocast: a float32 copy of every projection's input would take more memory than all else that backward keeps.
        var (a, b, scale) = _modules[module];
        return Layers.Linear(Layers.Linear(input, _parameters[a].To(input.DType)) * scale, _parameters[b].To(input.DType));
    }

    /// <inheritdoc/>
    public LowRankUpdate? Update(string module) => _modules.TryGetValue(module, out var names) ? new LowRankUpdate(_parameters[names.A], _parameters[names.B], names.Scale) : null;

    /// <inheritdoc/>
    public void RequireTrainable()
    {
        if (Config.Dropout != 0)
        {
            throw new TSpinException($"{LoraConfigFile.Name}: lora_dropout is {Config.Dropout.ToString(System.Globalization.CultureInfo.InvariantCulture)}, and training here has no dropout. Set it to 0 to go on training without; answering, scoring and merging take the adapter as it is.");
        }
    }

    /// <inheritdoc/>
    public IDecoderAdapter ForInference(DType type, bool ownMemory = false)
    {
        using var off = GradMode.Off();
        return new LoraAdapter(Config, _modules, _parameters.ToDictionary(parameter => parameter.Key, parameter => Converted(parameter.Value), StringComparer.Ordinal));

        Tensor Converted(Tensor parameter)
        {
            using var scope = new TensorScope();
            var converted = parameter.Detach().To(type);
            return TensorScope.Detach(ownMemory ? converted.Clone() : converted);
        }
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach (var parameter in _parameters.Values)
        {
            parameter.Dispose();
        }
    }

    private static LoraAdapter Make(LoraConfig config, Decoder decoder, string source, Func<string, long, long, long, (Tensor A, Tensor B)> make)
    {
        var modules = new Dictionary<string, (string, string, double)>(StringComparer.Ordinal);
        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var matcher = new ModuleMatcher();
        foreach (var module in LoraTargets.Of(config, decoder, source, matcher))
        {
            var isTied = module == decoder.Config.Modules.Head && decoder.Config.TieEmbeddings;
            var shape = decoder.Parameters[(isTied ? decoder.Config.Modules.Embedding : module) + ".weight"].Shape;
            var (output, input) = decoder.IsTransposed(module) ? (shape[1], shape[0]) : (shape[0], shape[1]);
            var rank = LoraTargets.Pattern(config.RankPattern, module, config.Rank, matcher);
            var alpha = LoraTargets.Pattern(config.AlphaPattern, module, config.Alpha, matcher);
            var (a, b) = ($"{Prefix}{module}.lora_A.default.weight", $"{Prefix}{module}.lora_B.default.weight");
            modules.Add(module, (a, b, config.UseRsLora ? alpha / Math.Sqrt(rank) : alpha / rank));
            var (valueA, valueB) = make(module, rank, input, output);
            parameters.Add(a, TensorScope.Detach(valueA));
            parameters.Add(b, TensorScope.Detach(valueB));
        }

        return new LoraAdapter(config with { FanInFanOut = decoder.Config.TransposedProjections }, modules, parameters);
    }

    private static string InFile(string name) => name.Replace(".default.weight", ".weight", StringComparison.Ordinal);

    private static DType TypeOf(string path, TensorEntry entry) => entry.Type switch
    {
        WeightType.Float32 => DType.Float32,
        WeightType.BFloat16 => DType.BFloat16,
        WeightType.Float16 => DType.Float16,
        _ => throw new TSpinException($"{path}: {entry.Name}: an adapter of type {entry.Type} is not read; known are F32, BF16 and F16."),
    };

    private static unsafe Tensor Read(SafetensorsFile file, string path, string name, long[] shape, Device device)
    {
        if (!file.Tensors.TryGetValue(name, out var entry))
        {
            throw new TSpinException($"{path}: {name} is missing. The adapter is of another base model, or {LoraConfigFile.Name} of another adapter. Give the files that were saved together.");
        }

        if (!entry.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new TSpinException($"{path}: {name} is [{string.Join(", ", entry.Shape)}], but this base model and rank call for [{string.Join(", ", shape)}]. Give the base model the adapter was trained on.");
        }

        return Tensor.FromPointer((nint)file.Pointer(entry), entry.ByteLength, entry.Shape, TypeOf(path, entry)).To(DType.Float32, device).Clone();
    }
}
