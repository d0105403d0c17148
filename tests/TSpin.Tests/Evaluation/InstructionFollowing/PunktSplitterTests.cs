using Shouldly;
using TSpin.Evaluation.InstructionFollowing;
using Xunit;

namespace TSpin.Tests.Evaluation.InstructionFollowing;

public sealed class PunktSplitterTests
{
    [Theory]
    [InlineData("It rained. We left.", "It rained.|We left.")]
    [InlineData("Dr. Smith and Mrs. Jones met in the U.S. yesterday.", "Dr. Smith and Mrs. Jones met in the U.S. yesterday.")]
    [InlineData("He lives in the U.S. The house is big.", "He lives in the U.S.|The house is big.")]
    [InlineData("He paid 3.50 dollars.", "He paid 3.50 dollars.")]
    [InlineData("Wait... The end. Wait... what", "Wait...|The end.|Wait... what")]
    [InlineData("(Really.) \"Stop.\" Go!", "(Really.)|\"Stop.\"|Go!")]
    [InlineData("What?! No!!! Yes", "What?!|No!!!|Yes")]
    [InlineData("1. Item. 2. Other.", "1.|Item.|2.|Other.")]
    [InlineData("Written by J. Bach here.", "Written by J. Bach here.")]
    [InlineData("One line\nno stop\n", "One line\nno stop")]
    [InlineData("End.)  More", "End.)|More")]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void Splits_English(string text, string sentences) =>
        string.Join('|', new PunktSplitter(PunktParameters.English).Split(text)).ShouldBe(sentences);

    [Fact]
    public void Parameters_of_nltk_are_read_and_used()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["abbrev_types.txt"], "zb\n");
        File.WriteAllText(folder["collocations.tab"], "##number##\tmai\n");
        File.WriteAllText(folder["sent_starters.txt"], "das\n");
        File.WriteAllText(folder["ortho_context.tab"], "haus\t46\nnun\t34\n");
        var splitter = new PunktSplitter(PunktParameters.Read(folder.Path));

        splitter.Split("Ein zb. Haus. Am 3. Mai war es. Dr. Nun ein zb. Das ist. Ein zb. Nun ja.").ShouldBe(
            ["Ein zb. Haus.", "Am 3. Mai war es.", "Dr.", "Nun ein zb.", "Das ist.", "Ein zb.", "Nun ja."]);

        File.WriteAllText(folder["ortho_context.tab"], "haus 46\n");
        Should.Throw<TSpinException>(() => PunktParameters.Read(folder.Path)).Message.ShouldContain("ortho_context.tab:1");
        File.Delete(folder["ortho_context.tab"]);
        Should.Throw<TSpinException>(() => PunktParameters.Read(folder.Path)).Message.ShouldContain("ortho_context.tab");
    }

    [Theory]
    [InlineData("Good muffins cost $3.88 (roughly 3,36 euros)", "Good muffins cost $ 3.88 ( roughly 3,36 euros )")]
    [InlineData("\"I can't,\" they're saying: gonna go.", "`` I ca n't , '' they 're saying : gon na go .")]
    [InlineData("JOHN'S \u201cWORD\u201d -- a-b A.B. end...", "JOHN 'S \u201c WORD \u201d -- a-b A.B. end ...")]
    [InlineData("'Tis 50% 'quoted' cannot; a@b *c*", "'T is 50 % 'quoted ' can not ; a @ b * c *")]
    public void Words_are_those_of_the_treebank(string sentence, string words) => string.Join(' ', TreebankWords.Of(sentence)).ShouldBe(words);
}
