using System.Text;
using Shouldly;
using TSpin.Files;
using Xunit;

namespace TSpin.Tests.Files;

public sealed class JsonLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Log => _folder["deep", "log.jsonl"];

    private enum FinishReason
    {
        EndOfText,
        MaxTokens,
    }

    private sealed record Response(int PromptIndex, string Text, FinishReason Finish, double LogProb, int[]? TokenIds = null);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Records_come_back_and_lines_look_as_documented()
    {
        var first = new Response(0, "a\n\"é😀\u2028", FinishReason.MaxTokens, double.NegativeInfinity, [1, 2]);
        var second = new Response(1, "", FinishReason.EndOfText, -0.1);
        using (var log = new JsonLinesWriter<Response>(Log))
        {
            log.RemovedBytes.ShouldBe(0);
            log.Append(first);

            // On the disk at once, and readable while the writer is open.
            JsonLinesReader.Read<Response>(Log).Single().Text.ShouldBe(first.Text);
        }

        using (var log = new JsonLinesWriter<Response>(Log))
        {
            log.Append(second);
            log.FlushToDisk();
        }

        var read = JsonLinesReader.Read<Response>(Log).ToArray();
        read[0].TokenIds.ShouldBe([1, 2]);
        (read[0] with { TokenIds = null }).ShouldBe(first with { TokenIds = null });
        read[1].ShouldBe(second);
        File.ReadAllLines(Log)[1].ShouldBe("""{"prompt_index":1,"text":"","finish":"end_of_text","log_prob":-0.1,"token_ids":null}""");
    }

    [Theory]
    [InlineData("{\"prompt_index\":7,\"text\":\"to")]
    [InlineData("12")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"a\":1}}")]
    public void A_torn_last_line_is_cut_off_and_reported(string torn)
    {
        WriteOne();
        var whole = File.ReadAllBytes(Log);
        File.AppendAllText(Log, torn);
        using (var log = new JsonLinesWriter<Response>(Log))
        {
            log.RemovedBytes.ShouldBe(torn.Length);
        }

        File.ReadAllBytes(Log).ShouldBe(whole);
    }

    [Fact]
    public void A_torn_line_longer_than_the_search_window_is_found_from_its_start()
    {
        WriteOne();
        var whole = new FileInfo(Log).Length;
        File.AppendAllText(Log, "{\"text\":\"" + new string('y', 200_000));
        using var log = new JsonLinesWriter<Response>(Log);
        new FileInfo(Log).Length.ShouldBe(whole);
        log.RemovedBytes.ShouldBe(200_009);
    }

    [Fact]
    public void A_file_that_is_one_torn_line_becomes_empty()
    {
        Directory.CreateDirectory(_folder["deep"]);
        File.WriteAllText(Log, "{\"x");
        using var log = new JsonLinesWriter<Response>(Log);
        log.RemovedBytes.ShouldBe(3);
        new FileInfo(Log).Length.ShouldBe(0);
    }

    [Fact]
    public void A_whole_record_that_only_lacks_its_line_end_is_kept()
    {
        WriteOne();
        File.AppendAllText(Log, """{"prompt_index":5,"text":"x","finish":"max_tokens","log_prob":0}""");
        using (var log = new JsonLinesWriter<Response>(Log))
        {
            log.RemovedBytes.ShouldBe(0);
            log.Append(new Response(6, "", FinishReason.MaxTokens, 0));
        }

        JsonLinesReader.Read<Response>(Log).Select(response => response.PromptIndex).ShouldBe([1, 5, 6]);
    }

    [Theory]
    [InlineData("{\"prompt_index\":\"x\",\"text\":\"\",\"finish\":\"max_tokens\",\"log_prob\":0}", "$.prompt_index")]
    [InlineData("{\"prompt_index\":1,\"text\":null,\"finish\":\"max_tokens\",\"log_prob\":0}", "text")]
    [InlineData("{\"prompt_index\":1,\"finish\":\"max_tokens\",\"log_prob\":0}", "text")]
    [InlineData("{\"prompt_index\":1,\"text\":\"\",\"finish\":\"tired\",\"log_prob\":0}", "$.finish")]
    [InlineData("{\"prompt_index\":1,\"prompt_index\":1,\"text\":\"\",\"finish\":\"max_tokens\",\"log_prob\":0}", "prompt_index")]
    [InlineData("not json", "not a valid record")]
    [InlineData("null", "null is not a record")]
    [InlineData("[]", "not a valid record")]
    [InlineData("\u00ff", "not a valid record")]
    public void A_bad_line_is_named_by_file_line_and_field(string bad, string expected)
    {
        WriteOne();
        File.AppendAllBytes(Log, [.. "\n \r\n"u8, .. Encoding.Latin1.GetBytes(bad), .. "\nmore\n"u8]);
        var message = Should.Throw<TSpinException>(() => JsonLinesReader.Read<Response>(Log).Count()).Message;
        message.ShouldStartWith($"{Log}:4: ");
        message.ShouldContain(expected);
        message.ShouldNotContain("BytePositionInLine");
        message.ShouldNotContain("LineNumber");
    }

    [Fact]
    public void A_torn_last_line_is_a_fault_for_a_reader_unless_it_may_be_ignored()
    {
        WriteOne();
        File.AppendAllText(Log, "{\"prompt_ind");
        Should.Throw<TSpinException>(() => JsonLinesReader.Read<Response>(Log).Count()).Message.ShouldContain(":2: ");
        JsonLinesReader.Read<Response>(Log, ignoreTornLastLine: true).Count().ShouldBe(1);
    }

    [Fact]
    public void Byte_order_mark_carriage_returns_and_lines_longer_than_the_buffer()
    {
        Directory.CreateDirectory(_folder["deep"]);
        var texts = Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), i * 9_973)).ToArray();
        File.WriteAllText(Log, string.Join("\r\n", texts.Select(text => $"\"{text}\"")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        JsonLinesReader.Read<string>(Log).ShouldBe(texts);
    }

    [Fact]
    public void Missing_file_and_empty_file()
    {
        Should.Throw<TSpinException>(() => JsonLinesReader.Read<Response>(Log).Count()).Message.ShouldContain("no such file");
        Directory.CreateDirectory(_folder["deep"]);
        File.WriteAllText(Log, "");
        JsonLinesReader.Read<Response>(Log).ShouldBeEmpty();
    }

    [Fact]
    public void Cutting_the_file_anywhere_never_loses_a_finished_record()
    {
        using (var log = new JsonLinesWriter<Response>(Log))
        {
            for (var i = 0; i < 4; i++)
            {
                log.Append(new Response(i, "t}\"", FinishReason.EndOfText, -i));
            }
        }

        var whole = File.ReadAllBytes(Log);
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            File.WriteAllBytes(Log, whole[..cut]);
            new JsonLinesWriter<Response>(Log).Dispose();
            var kept = JsonLinesReader.Read<Response>(Log).Select(response => response.PromptIndex).ToArray();
            kept.ShouldBe(Enumerable.Range(0, kept.Length));
            kept.Length.ShouldBeGreaterThanOrEqualTo(whole.AsSpan(0, cut).Count((byte)'\n'));
        }
    }

    private void WriteOne()
    {
        using var log = new JsonLinesWriter<Response>(Log);
        log.Append(new Response(1, "one", FinishReason.EndOfText, -1));
    }
}
