using System.Text;
using Shouldly;
using TSpin.Data;
using TSpin.Tests.Parquet;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>CSV and TSV files.</summary>
public sealed class SeparatedFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_under_a_header_are_records()
    {
        const string Text = "id,prompt,response\n1,p,r\n\n2,\"a, \"\"b\"\"\nc\",\" r \"\r\n3,é漢,\"x\n\ny\"\n";
        var set = _folder.Read("a.csv", Text);
        set.Format.ShouldBe(DataFormat.PromptResponse);
        set.Examples.Select(example => (example.Prompt, example.Response, example.SourceLine)).ShouldBe([("p", "r", 2), ("a, \"b\"\nc", " r ", 4), ("é漢", "x\n\ny", 6)]);
        _folder.Read("a.tsv", "prompt\tresponse\na, b\tr\n").Examples.ShouldHaveSingleItem().Prompt.ShouldBe("a, b");
        _folder.Read("b.csv", "\ufeff,question,answer\r\n0,q,a\r\n").Examples.ShouldHaveSingleItem().Response.ShouldBe("a");
        Read(_folder.Write("a.csv.gz", TestParquet.Pack(2, Encoding.UTF8.GetBytes(Text)))).Count.ShouldBe(3);
        Read(_folder.Write("a.csv.zst", TestParquet.Zstd(Encoding.UTF8.GetBytes(Text)))).Count.ShouldBe(3);
    }

    [Fact]
    public void Alpaca_and_turns_in_cells_are_read()
    {
        _folder.Read("a.csv", "instruction,input,output,history\nAdd.,2 3,5,\n\"And, \",,6,\"[[\"\"a\"\", \"\"b\"\"]]\"\n").Examples.Select(example => (example.Prompt, example.Response))
            .ShouldBe([("Add.\n\n2 3", "5"), ("a\n\nb\n\nAnd, ", "6")]);
        _folder.Read("b.csv", "messages\n\"[{\"\"role\"\": \"\"user\"\", \"\"content\"\": \"\"p\"\"}, {\"\"role\"\": \"\"assistant\"\", \"\"content\"\": \"\"r\"\"}]\"\n").Examples.ShouldHaveSingleItem().Response.ShouldBe("r");
        // What only looks like a list is text.
        _folder.Read("c.csv", "prompt,response\n\"[{\"\"a\"\": 2}]\",[x]\n").Examples.ShouldHaveSingleItem().Prompt.ShouldBe("[{\"a\": 2}]");
    }

    [Theory]
    [InlineData("a.csv", "prompt;response\np;r\n", "a.csv:1: the header has one column, \"prompt;response\": the file is separated by semicolons, not by commas as its name says; save it with commas")]
    [InlineData("a.csv", "prompt\tresponse\np\tr\n", "a.csv:1: the header has one column, \"prompt\tresponse\": the file is separated by tabs, not by commas as its name says; name it .tsv")]
    [InlineData("a.tsv", "prompt,response\np,r\n", "a.tsv:1: the header has one column, \"prompt,response\": the file is separated by commas, not by tabs as its name says; name it .csv")]
    [InlineData("a.csv", "prompt,response\np,r\n\"q,r\nx,y\nz,w\n", "a.csv:3: a quotation mark opens a text that has no end; close it")]
    [InlineData("a.csv", "prompt,prompt,response\np,q,r\n", "a.csv:1: the header has two columns named \"prompt\"; rename one")]
    [InlineData("a.csv", "p,r\nx,y\n", "a.csv:2: the format cannot be decided from this record; it has \"p\", \"r\"")]
    [InlineData("a.csv", "prompt,response\n", "a.csv: holds no records")]
    [InlineData("a.csv", "", "a.csv: holds no records")]
    public void A_file_that_does_not_fit_its_name_is_explained(string name, string text, string message) =>
        _folder.Plain(Should.Throw<TSpinException>(() => _folder.Read(name, text, skipBad: true))).ShouldStartWith(message);

    [Fact]
    public void Another_encoding_is_named()
    {
        byte[] latin = [.. Encoding.ASCII.GetBytes("prompt,response\na,b\ncaf"), 0xE9, .. Encoding.ASCII.GetBytes(",r\n")];
        _folder.Plain(Should.Throw<TSpinException>(() => Read(_folder.Write("a.csv", latin))))
            .ShouldStartWith("a.csv:3: is not UTF-8: \"café,r\" if it is Windows-1252 or Latin-1, as older spreadsheets write; save it as UTF-8");
        Should.Throw<TSpinException>(() => Read(_folder.Write("b.csv", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("prompt,response\na,b\n")]))).Message.ShouldContain("is UTF-16 text");
    }

    [Theory]
    [InlineData("p,r,x", "has 3 fields where the header has 2; put texts that hold a comma or a line break in quotes")]
    [InlineData("p", "has 1 fields where the header has 2")]
    [InlineData("a \"b\" c,r", "has a quotation mark in the middle of a text")]
    [InlineData("p,", "the response is empty")]
    [InlineData("5\" pipe,r", "has a quotation mark in the middle of a text, or one that is not closed")]
    public void A_bad_row_is_left_out_and_counted(string row, string message)
    {
        var text = $"prompt,response\na,1\n{row}\nb,2\n";
        var bad = Should.Throw<BadDataException>(() => _folder.Read("a.csv", text)).Lines.ShouldHaveSingleItem();
        (bad.Line, bad.Message[..Math.Min(message.Length, bad.Message.Length)]).ShouldBe((3, message));
        _folder.Read("a.csv", text, skipBad: true).Examples.Select(example => example.Prompt).ShouldBe(["a", "b"]);
    }

    private static IReadOnlyList<AnnotatedExample> Read(string path) => ExampleReader.Read([path], DataFormat.Auto, skipBad: false).Examples;
}
