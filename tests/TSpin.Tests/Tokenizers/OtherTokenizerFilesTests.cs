using Shouldly;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Tokenizers in files that are not read: the message names what is there and what makes a tokenizer.json of it.</summary>
public sealed class OtherTokenizerFilesTests
{
    [Theory]
    [InlineData("vocab.json and merges.txt", "pip install transformers)", "vocab.json", "merges.txt")]
    [InlineData("vocab.json, but not the merges.txt", "AutoTokenizer", "vocab.json")]
    [InlineData("merges.txt, but not the vocab.json", "AutoTokenizer", "merges.txt", "tokenizer_config.json")]
    [InlineData("vocab.txt", "AutoTokenizer", "vocab.txt")]
    [InlineData("the tiktoken file qwen.tiktoken", "pip install transformers tiktoken", "qwen.tiktoken")]
    [InlineData("copy the tokenizer files of the model into it", "copy", "config.json")]
    public void A_folder_without_a_tokenizer_that_is_read(string what, string cure, params string[] files)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in files)
        {
            File.WriteAllText(folder[file], "{}");
        }

        var message = Should.Throw<TSpinException>(() => Tokenizer.Load(folder.Path)).Message;
        message.ShouldStartWith($"{folder.Path}: has neither tokenizer.json nor tokenizer.model");
        message.ShouldContain(what);
        message.ShouldContain(cure);
    }

    [Fact]
    public void A_tiktoken_file_under_the_name_of_another()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.model"], "IQ== 0\nIg== 1\nIw== 2\n");
        foreach (var path in (string[])[folder.Path, folder["tokenizer.model"]])
        {
            var message = Should.Throw<TSpinException>(() => Tokenizer.Load(path)).Message;
            message.ShouldStartWith($"{folder["tokenizer.model"]}: is a tiktoken file, not a SentencePiece model; let transformers write a tokenizer.json");
            message.ShouldContain($"from_pretrained('{folder.Path}')");
        }
    }
}
