using System.Text.Json;
using Shouldly;
using TSpin.ChatTemplates;
using Xunit;

namespace TSpin.Tests.ChatTemplates;

public sealed class ChatTemplateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Found_in_the_configuration_with_special_tokens_in_either_form()
    {
        Write("tokenizer_config.json", new { chat_template = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token is defined }}{{ unk_token }}", bos_token = new { content = "<s>" }, eos_token = "</s>", pad_token = (string?)null });
        // Without added_tokens_decoder, transformers reads special_tokens_map.json after tokenizer_config.json.
        Write("special_tokens_map.json", new { eos_token = "<|im_end|>", unk_token = "<unk>" });

        ChatTemplate.ExistsIn(_folder.Path).ShouldBeTrue();
        ChatTemplate.Load(_folder.Path).Render([new("user", "hi")], addGenerationPrompt: false).ShouldBe("<s>hi<|im_end|>False<unk>");

        Write("tokenizer_config.json", new { added_tokens_decoder = new { }, chat_template = "{{ messages[0].content }}{{ eos_token }}", eos_token = "</s>" });
        ChatTemplate.Load(_folder.Path).Render([new("user", "hi")], addGenerationPrompt: false).ShouldBe("hi</s>");
    }

    [Fact]
    public void A_file_of_its_own_wins_and_named_ones_are_found_everywhere()
    {
        Write("tokenizer_config.json", new { chat_template = new[] { new { name = "default", template = "old" }, new { name = "tool_use", template = "tools" } } });
        File.WriteAllText(_folder["chat_template.jinja"], "new");
        Directory.CreateDirectory(_folder["additional_chat_templates"]);
        File.WriteAllText(_folder["additional_chat_templates", "rag.jinja"], "rag");

        string Rendered(string? name) => ChatTemplate.Load(_folder.Path, name).Render([], addGenerationPrompt: false);
        Rendered(null).ShouldBe("new");
        Rendered("tool_use").ShouldBe("tools");
        Rendered("rag").ShouldBe("rag");
        Should.Throw<TSpinException>(() => Rendered("x")).Message.ShouldContain("it has \"default\" (chat:default), \"tool_use\" (chat:tool_use), \"rag\" (chat:rag)");
    }

    [Theory]
    [InlineData("{\"chat_template\": 3}", "chat_template is Number where a text or a list")]
    [InlineData("{\"chat_template\": [{\"name\": \"a\"}]}", "an entry of the list is not")]
    [InlineData("{\"chat_template\"", "not valid JSON")]
    [InlineData("[]", "holds Array where an object belongs")]
    [InlineData("{\"chat_template\": null}", "the model has no chat template")]
    [InlineData("{\"chat_template\": \"{% if %}\"}", "(chat_template):1:")]
    public void Faults_name_the_file(string config, string message)
    {
        File.WriteAllText(_folder["tokenizer_config.json"], config);
        Should.Throw<TSpinException>(() => ChatTemplate.Load(_folder.Path)).Message.ShouldContain(message);
    }

    private void Write(string file, object content) => File.WriteAllText(_folder[file], JsonSerializer.Serialize(content));
}
