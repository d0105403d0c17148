using System.Diagnostics;
using Shouldly;
using TSpin.Cli;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Cli;

public sealed class OutcomeTests
{
    public static TheoryData<string, int, string[]> Exceptions => new()
    {
        { "tspin", 2, ["a.jsonl:3: bad. Mend it."] },
        { "numerical", 4, ["loss is NaN"] },
        { "memory", 3, ["Out of memory", "training.tokens_per_pass", "generation.batch_size", "the same run goes on"] },
        { "managed memory", 3, ["Out of memory", "training.tokens_per_pass"] },
        { "file", 2, ["/nowhere/x", "free space"] },
        { "stopped", 130, ["tspin run r.yaml"] },
        { "unforeseen", 70, ["fault of tspin", "KeyNotFoundException", "report the lines below"] },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Every_exception_ends_in_a_documented_code_and_a_sentence(string kind, int code, string[] parts)
    {
        using var errors = new StringWriter();
        Outcome.Of(["run", "r.yaml"], () => throw Of(kind), errors).ShouldBe(code);
        parts.ShouldAllBe(part => errors.ToString().Contains(part, StringComparison.Ordinal));
        errors.ToString().ShouldStartWith(errors.ToString().TrimStart()[..1]);
        File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "command-line.md")).ShouldContain($"\n| {code} | ");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("pretrain")]
    [InlineData("data")]
    public void A_full_disk_under_the_log_does_not_end_a_run(string verb)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        using var tiny = new TinyRun();
        var recipe = tiny["recipe.yaml"];
        File.WriteAllText(recipe, verb == "pretrain"
            ? "data: {documents: demo, vocabulary_size: 300, tokenizer_documents: 50}\nmodel: {layers: 1, hidden_size: 16, intermediate_size: 16, heads: 1, key_value_heads: 1}\ntraining: {cycles: [100], batch_size: 2}\n"
            : $"name: once\nmodel: {{path: {tiny.Model}}}\ndata: {{train: {tiny.Train}}}\nprompt: {{max_prompt_tokens: 64, max_sequence_tokens: 128}}\n"
                + $"generation: {{max_new_tokens: 4}}\ntraining: {{iterations: 1, epochs: 1}}\noutput: {{directory: {tiny["runs"]}}}\n");
        var (words, done, code) = verb switch
        {
            "run" => ($"run {recipe}", tiny["runs", "once", "report.html"], 0),
            "pretrain" => ($"pretrain {recipe} --out {tiny["base"]}", tiny["base", "model.safetensors"], 0),
            _ => ($"data info {tiny.Train}", tiny.Train, 2),    // what it prints is all that it does
        };
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec dotnet {Path.Combine(AppContext.BaseDirectory, "TSpin.Cli.dll")} {words} > /dev/full 2> /dev/full"]))!;
        process.WaitForExit(TimeSpan.FromMinutes(3)).ShouldBeTrue();
        process.ExitCode.ShouldBe(code);
        File.Exists(done).ShouldBeTrue();
    }

    private static Exception Of(string kind) => kind switch
    {
        "tspin" => new TSpinException("a.jsonl:3: bad. Mend it."),
        "numerical" => new TSpinException("loss is NaN") { ExitCode = 4 },
        "memory" => new TorchOutOfMemoryException("12 GiB wanted"),
        "managed memory" => new InsufficientMemoryException(),
        "file" => new IOException("Could not find '/nowhere/x'."),
        "stopped" => new OperationCanceledException(),
        _ => new KeyNotFoundException("a key"),
    };
}
