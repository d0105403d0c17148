using System.Text.Json;
using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Prompts;
using Xunit;

namespace TSpin.Tests.Prompts;

public sealed class ChatTemplateTests : IDisposable
{
    private const string ChatMl = "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

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

    [Fact]
    public void A_recipe_parts_a_conversation_into_prompt_response_and_end()
    {
        File.WriteAllText(_folder["chat_template.jinja"], ChatMl);
        var template = PromptTemplate.Of(new PromptSettings { Template = "chat", System = "Be brief." }, _folder.Path);

        template.Name.ShouldBe("chat");
        template.AddsSpecialTokens.ShouldBeFalse();
        template.Render(" 2+2? ").ShouldBe("<|system|>Be brief.<|end|>\n<|user|>2+2?<|end|>\n<|assistant|>");
        template.RenderResponse(" 2+2? ", " 4\n").ShouldBe("4");
        template.EndOfTurn.ShouldBe("<|end|>\n");
    }

    [Fact]
    public void Arguments_are_JSON_or_else_text()
    {
        File.WriteAllText(_folder["chat_template.jinja"], "{{ think is false }} {{ day }} {{ n + 1 }}");
        PromptTemplate.Of(new PromptSettings { Template = "chat", Arguments = ["think=false", "day=26 Jul 2024", "n=2"] }, _folder.Path).Render("x").ShouldBe("True 26 Jul 2024 3");
    }

    [Theory]
    [InlineData("<think>", "y", "\n</think>\n\ny")]
    [InlineData("<think>", "<think>\nfirst x\n</think>\ny", "\nfirst x\n</think>\ny")]
    [InlineData("<think></think>", "y", "y")]
    public void An_answer_continues_a_reasoning_block_that_only_generation_writes(string opening, string response, string trained)
    {
        File.WriteAllText(_folder["own.jinja"], ChatMl.Replace("<|assistant|>{%", $"<|assistant|>{opening}{{%", StringComparison.Ordinal));
        var template = PromptTemplate.Of(_folder["own.jinja"], _folder.Path);
        template.Render("x").ShouldEndWith(opening);
        template.RenderResponse("x", response).ShouldBe(trained);
    }

    [Fact]
    public void A_template_whose_generation_prompt_is_no_start_of_an_answer_is_refused_for_training()
    {
        File.WriteAllText(_folder["own.jinja"], ChatMl.Replace("<|assistant|>{%", "<|assistant|>Surely {%", StringComparison.Ordinal));
        var template = PromptTemplate.Of(_folder["own.jinja"], _folder.Path);
        template.Render("x").ShouldEndWith("Surely ");
        Should.Throw<TSpinException>(() => template.RenderResponse("x", "y")).Message.ShouldContain("ends the prompt otherwise than it begins an answer");
    }

    [Fact]
    public void The_systems_turn_of_the_data_comes_before_the_recipes_and_conversations_are_rendered_whole()
    {
        File.WriteAllText(_folder["chat_template.jinja"], ChatMl);
        var template = PromptTemplate.Of(new PromptSettings { Template = "chat", System = "Be brief." }, _folder.Path);
        ChatTurn[] turns = [new("system", "Count."), new("user", "1"), new("assistant", "2"), new("user", "3")];
        template.Render(turns).ShouldBe("<|system|>Count.<|end|>\n<|user|>1<|end|>\n<|assistant|>2<|end|>\n<|user|>3<|end|>\n<|assistant|>");
        template.Render(turns[1..]).ShouldStartWith("<|system|>Be brief.<|end|>\n<|user|>1");
        template.RenderResponse(turns, "4").ShouldBe("4");

        // A template that refuses system turns has their words before the user's.
        File.WriteAllText(_folder["chat_template.jinja"], "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + ChatMl);
        PromptTemplate.Of("chat", _folder.Path).Render(turns[..2]).ShouldBe("<|user|>Count.\n\n1<|end|>\n<|assistant|>");
        PromptTemplate.Of("{prompt} =", _folder.Path).Render(turns).ShouldBe("Count.\n\n1 =2\n\n3 =");
    }

    [Fact]
    public void Only_chat_templates_take_a_system_turn_or_arguments()
    {
        Should.Throw<TSpinException>(() => PromptTemplate.Of(new PromptSettings { System = "x" }, _folder.Path)).Message.ShouldStartWith("prompt.system: only chat templates take it");
        Should.Throw<TSpinException>(() => PromptTemplate.Of(new PromptSettings { Arguments = ["a=1"] }, _folder.Path)).Message.ShouldStartWith("prompt.arguments: only chat templates take it");
    }

    private void Write(string file, object content) => File.WriteAllText(_folder[file], JsonSerializer.Serialize(content));
}
