using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Prompts;
using Xunit;

namespace TSpin.Tests.Prompts;

public sealed class ChatPromptTests : IDisposable
{
    private const string ChatMl = "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
}
