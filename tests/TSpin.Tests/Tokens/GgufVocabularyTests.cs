using Shouldly;
using TSpin.Tokens;
using Xunit;

namespace TSpin.Tests.Tokens;

public class GgufVocabularyTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    public void IdsAreThoseThatLlamaCppRecorded(string name)
    {
        var file = SharedFolder.Require("data", "tokenizers", "llama.cpp-vocab", $"ggml-vocab-{name}.gguf");
        var texts = File.ReadAllText(file + ".inp").Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllText(file + ".out").Split('\n');
        var tokenizer = Tokenizer.Load(file);
        for (var i = 0; i < texts.Length - 1; i++)
        {
            string.Join(' ', tokenizer.Encode(texts[i], addSpecialTokens: false)).ShouldBe(lines[i].Trim(), $"text {i}: {texts[i]}");
        }
    }

    [Fact]
    public void SmolLm2HasTheIdsOfItsTokenizerJson()
    {
        var file = Path.Combine(SharedFolder.Require("data", "models", "smollm2-135m-instruct"), "SmolLM2-135M-Instruct.Q4_1.gguf");
        var own = Tokenizer.Load(file);
        var expected = Tokenizer.Load(SharedFolder.Require("data", "tokenizers", "smollm2-135m-instruct"));
        own.EosId.ShouldBe(expected.EosId);
        foreach (var text in (string[])["<|im_start|>user\nWhat's 12345 + 67?<|im_end|>\n", "Führer  \t\n x ½ 🦙", " Hello World"])
        {
            own.Encode(text, true).ShouldBe(expected.Encode(text, true));
            own.Decode(own.Encode(text, false), false).ShouldBe(text);
        }
    }
}
