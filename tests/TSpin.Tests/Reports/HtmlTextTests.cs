using System.Xml.Linq;
using Shouldly;
using TSpin.Reports.Html;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed class HtmlTextTests
{
    [Theory]
    [InlineData("a < b && \"c\" > 'd'", "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;")]
    [InlineData("two\r\nlines\tand a lone\rreturn", "two\nlines\tand a lone\u240dreturn")]
    [InlineData("null \0 escape \u001b delete \u007f", "null \u2400 escape \u241b delete \u2421")]
    [InlineData("\u0085 next line, \u202e reversed", "⟨U+0085⟩ next line, ⟨U+202E⟩ reversed")]
    [InlineData("whole \ud83d\ude00 and \uffff", "whole \ud83d\ude00 and \ufffd")]
    [InlineData(null, "")]
    public void Shows_rather_than_obeys(string? text, string expected) => HtmlText.Escape(text).ShouldBe(expected);

    [Fact]
    public void Halves_of_surrogate_pairs_are_replaced() =>
        HtmlText.Escape("lone \ud83d and \ude00 halves, last \ud83d").ShouldBe("lone \ufffd and \ufffd halves, last \ufffd");

    [Fact]
    public void Every_single_character_comes_out_as_well_formed_XML()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var escaped = HtmlText.Escape($"a{(char)c}");
            XElement.Parse($"<p title=\"{escaped}\">{escaped}</p>");
        }
    }

    [Fact]
    public void Markup_escapes_texts_and_keeps_markup()
    {
        var inner = Markup.Of($"<b>{"<i>"}</b>");
        Markup.Of($"<p>{inner} {"&"} {7} {0.25} {0.123:0.00}</p>").Text.ShouldBe("<p><b>&lt;i&gt;</b> &amp; 7 0.3 0.12</p>");
        default(Markup).Text.ShouldBe("");
    }

    [Fact]
    public void Shortening_does_not_cut_a_character_in_two()
    {
        HtmlText.Shorten("ab\ud83d\ude00cd", 3).ShouldBe("ab … [4 more characters]");
        HtmlText.Shorten("abc", 3).ShouldBe("abc");
    }
}
