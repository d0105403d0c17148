using System.Text.Json.Nodes;
using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Demo;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Prompts;

public sealed class PromptEncoderTests
{
    private static readonly (string Prompt, string Response)[] Pairs =
    [
        ("What is 2+2?", "4"), ("Hi", "Hello! How can I help?"), ("第二个问题 😀", "答え"), ("List:", "1. one\n2. two\n\n```py\nx = 1\n```"), ("  spaces ", "It is 21.5°C."),
    ];

    /// <summary>The heart of training with a chat template: what is trained is what the template and the tokenizer would make of the whole conversation.</summary>
    [Theory]
    [InlineData("smollm2-135m-instruct", "chat")]
    [InlineData("qwen3", "chat")]
    [InlineData("qwen3", "data/templates/trl/qwen2_5.jinja")]
    [InlineData("qwen3", "data/templates/trl/qwen3_instruct_2507.jinja")]
    [InlineData("smollm2-135m-instruct", "data/templates/trl/qwen2_5_training.jinja")]
    public void Ids_of_prompt_response_and_end_are_those_of_the_whole_conversation(string model, string template)
    {
        var folder = SharedFolder.Require("data", "tokenizers", model);
        var config = DecoderConfigReader.Read(SharedFolder.Require("data", "tokenizers", "smollm2-135m-instruct")) with { VocabularySize = 200_000 };
        var path = template == "chat" ? template : SharedFolder.Require(template);
        var tokenizer = Tokenizer.Load(folder);
        var chat = template == "chat" ? ChatTemplate.Load(folder) : ChatTemplate.FromFile(path, folder);
        var encoder = new PromptEncoder(PromptTemplate.Of(path, folder), tokenizer, config);

        encoder.EndId.ShouldBe(tokenizer.IdOf("<|im_end|>"));
        var prompts = encoder.Prompts([.. Pairs.Select(pair => pair.Prompt)]);
        var responses = encoder.Responses(Pairs);
        for (var i = 0; i < Pairs.Length; i++)
        {
            var whole = tokenizer.Encode(chat.Render([new("user", Pairs[i].Prompt), new("assistant", Pairs[i].Response)], addGenerationPrompt: false), addSpecialTokens: false);
            int[] trained = [.. prompts[i].Ids, .. responses[i], encoder.EndId!.Value];
            whole.Take(trained.Length).ShouldBe(trained);
            tokenizer.Decode(whole.AsSpan(trained.Length), skipSpecialTokens: false).Trim().ShouldBeEmpty();
            encoder.IsOneText([new("user", Pairs[i].Prompt)], Pairs[i].Response).ShouldBeTrue();
        }
    }

    [Fact]
    public void The_token_that_ends_a_turn_is_trained_and_ends_answers_even_where_it_is_not_EOS()
    {
        using var folder = new TemporaryFolder();
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(DemoBaseModel.Folder, "tokenizer.json")))!;
        var added = json["added_tokens"]![0]!.DeepClone();
        (added["id"], added["content"]) = (512, "<|end|>");
        json["added_tokens"]!.AsArray().Add(added);
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
        var tokenizer = Tokenizer.Load(folder.Path);
        var config = DecoderConfigReader.Read(DemoBaseModel.Folder) with { VocabularySize = 200_000 };
        const int end = 512;
        File.WriteAllText(folder["chat_template.jinja"], "{% for m in messages %}[{{ m.role }}] {{ m.content }}" + tokenizer.Piece(end) + "\n{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}");
        var encoder = new PromptEncoder(PromptTemplate.Of("chat", folder.Path), tokenizer, config);

        encoder.EndId.ShouldBe(end);
        encoder.EndIds.ShouldBe([.. config.EosIds, end]);
        encoder.Prompts(["hi"])[0].Ids.ShouldBe(tokenizer.Encode("[user] hi" + tokenizer.Piece(end) + "\n[assistant] ", addSpecialTokens: false));
    }

    [Fact]
    public void Plain_templates_are_encoded_as_ever()
    {
        var tokenizer = Tokenizer.Load(DemoBaseModel.Folder);
        var config = DecoderConfigReader.Read(DemoBaseModel.Folder);
        var encoder = new PromptEncoder(PromptTemplate.Paper, tokenizer, config);

        encoder.EndId.ShouldBe(tokenizer.EosId ?? config.EosIds[0]);
        encoder.EndIds.ShouldBe(config.EosIds);
        encoder.Prompts(["Add 2 and 3."])[0].Ids.ShouldBe(tokenizer.Encode("### Instruction: Add 2 and 3.\n\n### Response: ", addSpecialTokens: true));
        encoder.Responses([("Add 2 and 3.", "5 ")])[0].ShouldBe(tokenizer.Encode("5 ", addSpecialTokens: false));
    }
}
