using System.Text;
using Shouldly;
using TSpin.Generation;
using Xunit;

namespace TSpin.Tests.Generation;

public sealed class AnswerTextTests
{
    [Fact]
    public void Holds_back_unfinished_characters_and_possible_beginnings_of_a_stop()
    {
        var text = new AnswerText(Bytes, ["\n###"]);
        var pieces = new List<string>();
        foreach (var id in Encoding.UTF8.GetBytes("né €\n#x"))
        {
            text.Append(id).ShouldBeFalse();
            pieces.Add(text.TakeSettled());
        }

        pieces.ShouldBe(["n", "", "é", " ", "", "", "€", "", "", "\n#x"]);
        text.TakeRest().ShouldBe("");
    }

    [Fact]
    public void Finds_a_stop_split_over_tokens_and_gives_only_what_is_before_it()
    {
        var text = new AnswerText(Bytes, ["\n###", "STOP"]);
        var bytes = Encoding.UTF8.GetBytes("done\n###");
        bytes[..^1].ShouldAllBe(id => !text.Append(id));
        text.Append(bytes[^1]).ShouldBeTrue();
        text.TakeRest().ShouldBe("done");
    }

    [Fact]
    public void Keeps_the_blanks_that_a_sentencepiece_decoder_strips_from_a_first_token()
    {
        string[] words = ["▁Once", "▁upon", "▁a", "▁time", ",", "▁there"];
        var text = new AnswerText(ids => string.Concat(ids.ToArray().Select(id => words[id])).Replace('▁', ' ').TrimStart(' '), [" a t"]);
        var taken = "";
        var id = 0;
        while (!text.Append(id))
        {
            taken += text.TakeSettled();
            id++;
        }

        words[id].ShouldBe("▁time");
        taken.ShouldBe("Once upon");
        text.TakeRest().ShouldBe("");
    }

    [Fact]
    public void Bytes_that_are_no_character_come_out_at_the_end()
    {
        var text = new AnswerText(Bytes, []);
        foreach (var id in new[] { 'a', 0xE2, 0x82 })
        {
            text.Append(id);
        }

        text.TakeSettled().ShouldBe("a");
        text.TakeRest().ShouldBe("\uFFFD");
    }

    private static string Bytes(ReadOnlySpan<int> ids)
    {
        var bytes = new byte[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            bytes[i] = (byte)ids[i];
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
