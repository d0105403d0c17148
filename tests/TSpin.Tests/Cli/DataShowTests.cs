using System.CommandLine;
using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using TSpin.Demo;
using TSpin.Models;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

public sealed class DataShowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DataShowTests() => File.WriteAllText(_folder["data.jsonl"], "{\"prompt\": \"Add 2 and 3.\", \"response\": \"5\"}\n{\"prompt\": \"More\", \"response\": \" of it \"}\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_and_what_is_trained_are_those_of_training()
    {
        var tokenizer = Tokenizer.Load(DemoBaseModel.Folder);
        var record = JsonDocument.Parse(Show("--json")).RootElement;
        var ids = record.GetProperty("ids").Deserialize<int[]>()!;
        var trained = record.GetProperty("trained").Deserialize<bool[]>()!;

        record.GetProperty("prompt").GetString().ShouldBe("### Instruction: Add 2 and 3.\n\n### Response: ");
        int[] response = [.. tokenizer.Encode("5", addSpecialTokens: false), tokenizer.EosId ?? DecoderConfigReader.Read(DemoBaseModel.Folder).EosIds[0]];
        ids.Where((_, at) => trained[at]).ShouldBe(response);
        ids.Where((_, at) => !trained[at]).ShouldBe(tokenizer.Encode("### Instruction: Add 2 and 3.\n\n### Response: ", addSpecialTokens: true));
    }

    [Fact]
    public void Plain_output_puts_the_trained_part_in_brackets()
    {
        File.WriteAllText(_folder["own.jinja"], "{% for m in messages %}{{ m.role }}: {{ m.content | trim }}{{ mark }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
        var text = Show("--template", _folder["own.jinja"], "--system", "Brief.", "--argument", "mark=!", "--index", "1");
        text.ShouldContain("system: Brief.!\nuser: More!\nassistant: [of it]");
        text.ShouldContain("example 1, ");
    }

    [Fact]
    public void Shows_what_ends_a_response_and_which_file_says_so()
    {
        Show().ShouldStartWith("ends of a response: 0 '<|endoftext|>' from generation_config.json; training appends 0 '<|endoftext|>'\n");
        var record = JsonDocument.Parse(Show("--json")).RootElement;
        record.GetProperty("ends")[0].GetProperty("sources")[0].GetString().ShouldBe("generation_config.json");
        record.GetProperty("trained_end").GetInt32().ShouldBe(0);
    }

    [Fact]
    public void Doctor_says_it_of_a_model_too_for_each_kind_of_template()
    {
        foreach (var file in (string[])["tokenizer.json", "config.json", "generation_config.json"])
        {
            File.Copy(Path.Combine(DemoBaseModel.Folder, file), _folder[file]);
        }

        File.WriteAllText(_folder["special_tokens_map.json"], """{"pad_token": "<|pad|>", "additional_special_tokens": ["<never>"]}""");
        File.WriteAllText(_folder["chat_template.jinja"], "{% for m in messages %}{{ m.content }}<|endoftext|>{% endfor %}");
        var output = new StringWriter();
        DoctorCommand.Create().Parse([_folder.Path]).Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false }).ShouldBe(0);
        output.ToString().ShouldContain("ends (plain template) 0 '<|endoftext|>' from generation_config.json; training appends 0");
        output.ToString().ShouldContain("ends (chat template)  0 '<|endoftext|>' from generation_config.json and chat_template.jinja; training appends 0");
        output.ToString().ShouldContain("'<never>' is not a token");
    }

    [Fact]
    public void Wrong_options_are_named()
    {
        Should.Throw<TSpinException>(() => Show("--index", "2")).Message.ShouldBe("--index 2: the data have 2 usable examples; use 0 to 1.");
        Should.Throw<TSpinException>(() => Show("--count", "0")).Message.ShouldStartWith("--count 0");
        Should.Throw<TSpinException>(() => Show("--argument", "x")).Message.ShouldStartWith("--argument x");
        Should.Throw<TSpinException>(() => Show("--template", "chat")).Message.ShouldContain("the model has no chat template");
    }

    private string Show(params string[] arguments)
    {
        var output = new StringWriter();
        var code = DataShowCommand.Create().Parse([_folder["data.jsonl"], "--model", DemoBaseModel.Folder, .. arguments])
            .Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        code.ShouldBe(0);
        return output.ToString();
    }
}
