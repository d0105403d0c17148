using Shouldly;
using TSpin.Prompts;
using Xunit;

namespace TSpin.Tests.Prompts;

public sealed class PromptTemplateTests
{
    [Fact]
    public void The_papers_template_is_exact() =>
        PromptTemplate.Parse("paper").Render("Add 2 and 3.").ShouldBe("### Instruction: Add 2 and 3.\n\n### Response: ");

    [Theory]
    [InlineData("none", "hi", "hi", "none")]
    [InlineData("{prompt}", "hi", "hi", "custom")]
    [InlineData("Q: {prompt}\nA:", "hi", "Q: hi\nA:", "custom")]
    [InlineData("{\"q\": \"{prompt}\", {}} {Prompt} {{", "hi", "{\"q\": \"hi\", {}} {Prompt} {{", "custom")]
    [InlineData("<{prompt}>", "a {prompt} b", "<a {prompt} b>", "custom")]
    [InlineData("paper {prompt}", "", "paper ", "custom")]
    public void Other_templates(string template, string prompt, string rendered, string name)
    {
        var parsed = PromptTemplate.Parse(template);
        parsed.Render(prompt).ShouldBe(rendered);
        parsed.Name.ShouldBe(name);
        PromptTemplate.Parse(parsed.Text).Render(prompt).ShouldBe(rendered);
    }

    [Theory]
    [InlineData("", "prompt.template: \"\" does not hold {prompt}; use \"paper\", \"none\", \"chat\", or text with {prompt}")]
    [InlineData("Paper", "prompt.template: \"Paper\" does not hold {prompt}")]
    [InlineData("{ prompt }", "prompt.template: \"{ prompt }\" does not hold {prompt}")]
    [InlineData("{prompt}{prompt}", "prompt.template: \"{prompt}{prompt}\" holds {prompt} more than once; keep one")]
    [InlineData("chat", "prompt.template: \"chat\" is found in a model's folder; here is no model")]
    public void Faults_name_the_cure(string template, string message) =>
        Should.Throw<TSpinException>(() => PromptTemplate.Parse(template)).Message.ShouldStartWith(message);
}
