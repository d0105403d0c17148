using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Files;
using TSpin.Gguf;

namespace TSpin.Tokenizers.Gguf;

/// <summary>Writes the tokenizer of a GGUF file as a Hugging Face folder has it.</summary>
public static class GgufTokenizerFiles
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes tokenizer.json, and tokenizer_config.json with the special tokens and the chat templates.</summary>
    /// <param name="file">The GGUF file.</param>
    /// <param name="folder">Where to. A tokenizer or tokenizer_config.json that is there already is kept: who put it there knows better.</param>
    /// <exception cref="TSpinException">The file has no vocabulary or one of a kind that is not supported, or the folder can't be written.</exception>
    public static void Write(GgufFile file, string folder)
    {
        var vocabulary = new GgufVocabulary(file);
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(tokenizer) && !File.Exists(Path.Combine(folder, "tokenizer.model")))
        {
            AtomicFile.WriteText(tokenizer, JsonSerializer.Serialize(GgufTokenizerJson.Of(vocabulary), Format) + "\n");
        }

        var config = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(config))
        {
            AtomicFile.WriteText(config, JsonSerializer.Serialize(Config(vocabulary), Format) + "\n");
        }
    }

    private static SortedDictionary<string, object?> Config(GgufVocabulary vocabulary)
    {
        var (before, after) = vocabulary.Around(GgufTokenizerJson.BeginsByDefault(vocabulary));
        var config = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["add_bos_token"] = before is not null,
            ["add_eos_token"] = after is not null,
            ["clean_up_tokenization_spaces"] = false,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        };
        foreach (var role in (string[])["bos", "eos", "pad", "unk"])
        {
            config[role + "_token"] = vocabulary.RoleId(role) is { } id ? vocabulary.Tokens[id] : null;
        }

        if (vocabulary.Metadata.Text("general.architecture") is { } architecture && vocabulary.Metadata.Integer(architecture + ".context_length") is { } length)
        {
            config["model_max_length"] = length;
        }

        var templates = GgufChatTemplates.Read(vocabulary.Metadata);
        if (templates is [(GgufChatTemplates.Default, var only, _)])
        {
            config["chat_template"] = only;
        }
        else if (templates.Count > 0)
        {
            config["chat_template"] = templates.Select(template => new { name = template.Name, template = template.Source });
        }

        return config;
    }
}
