using TSpin.ChatTemplates;
using TSpin.Safetensors;
using TSpin.Tokenizers;

namespace TSpin.Tests.Samples;

/// <summary>The examples of the packages' README files, line by line.</summary>
internal static class PackageExamples
{
    public static long Formats(string folder)
    {
        // begin TSpin.Formats
        using var weights = WeightFolder.Open(folder); // model.safetensors or its shards, memory-mapped
        var bytes = weights.Tensors.Values.Sum(tensor => (long)weights.Bytes(tensor).Length);
        // end
        return bytes;
    }

    public static (int[] Ids, string Text) Tokenizers(string folder)
    {
        // begin TSpin.Tokenizers
        var tokenizer = Tokenizer.Load(folder);
        var ids = tokenizer.Encode("Hello, world", addSpecialTokens: true);
        var text = tokenizer.Decode(ids, skipSpecialTokens: true);
        // end
        return (ids, text);
    }

    public static string ChatTemplates(string folder)
    {
        // begin TSpin.ChatTemplates
        var template = ChatTemplate.Load(folder);
        var prompt = template.Render([new("system", "Be brief."), new("user", "2 + 2?")], addGenerationPrompt: true);
        // end
        return prompt;
    }
}
