using System.Text;
using System.Text.Json;
using Shouldly;
using TSpin.Data;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>JSON documents cut into records from a stream.</summary>
public sealed class JsonFileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Records_are_those_of_the_whole_document_however_the_stream_comes(int piece)
    {
        var random = new RandomStream(5);
        for (var i = 0; i < 60; i++)
        {
            var values = Enumerable.Range(0, random.NextInt(0, 9)).Select(_ => Value(random, 0)).ToArray();
            var (before, between) = (new string('\n', random.NextInt(0, 3)), random.NextInt(0, 2) == 0 ? ",\r\n" : " , ");
            var array = $"{before}[{before}{string.Join(between, values)}]\n";
            var text = (i % 3) switch { 0 => array, 1 => $"{{\"about\": {{\"x\": [1]}}, \"n\": 3, \"rows\": {array}}}", _ => "\uFEFF" + array };

            var records = Read(text, piece);

            records.Select(record => record.Json).ShouldBe(values);
            records.Select(record => record.Line).ShouldBe(records.Select(record => record.Line).Order());
            if (values.Length > 0)
            {
                records[0].Line.ShouldBe(1 + text[..text.IndexOf(values[0], text.IndexOf("[" + before, text.IndexOf("rows", StringComparison.Ordinal) is var at and > 0 ? at : 0, StringComparison.Ordinal), StringComparison.Ordinal)].Count(c => c == '\n'));
            }
        }
    }

    [Fact]
    public void A_record_that_is_too_long_is_passed_over()
    {
        var longOne = $"{{\"a\":[{string.Join(',', Enumerable.Repeat("12345678", 40))}]}}";
        var records = Read($"[{{\"a\":1}},\n{longOne},\n{{\"a\":2}}]", 16, longest: 100);
        records.Select(record => record.Line).ShouldBe([1, 2, 3]);
        records.Select(record => record.Fault is null).ShouldBe([true, false, true]);
        records[1].Fault!.ShouldContain("longer than 100 bytes");
        records[2].Json.ShouldBe("{\"a\":2}");
        Should.Throw<BadRecordException>(() => Read($"[\"{new string('x', 200)}\"]", 16, longest: 100)).Message.ShouldContain("longer than 100 bytes");
    }

    [Theory]
    [InlineData("[1,2", 0)]
    [InlineData("[1,\n2]\n]", 2)]
    [InlineData("[1,\n2}", 1)]
    [InlineData("{\"a\":[1]\n", 1)]
    [InlineData("", 0)]
    public void A_document_that_is_not_whole_gives_no_record_at_all(string text, int line)
    {
        foreach (var piece in new[] { 1, 3, 4096 })
        {
            Should.Throw<JsonException>(() => Read(text, piece)).LineNumber.ShouldBe(line);
        }
    }

    [Fact]
    public void Mutated_documents_are_cut_as_the_whole_parser_cuts_them_or_refused()
    {
        var random = new RandomStream(9);
        var seed = Encoding.UTF8.GetBytes("{\"x\": [1, 2],\n \"y\": {\"rows\": []}, \"rows\": [{\"prompt\": \"a\\u00e9\", \"response\": \"b\"}, [1, {}], \"t\", null, -1.5e3]}");
        for (var i = 0; i < 3000; i++)
        {
            var bytes = i % 2 == 0 ? (byte[])seed.Clone() : [.. "[1,"u8, .. seed, (byte)']'];
            for (var changes = random.NextInt(0, 3); changes >= 0; changes--)
            {
                bytes[random.NextInt(0, bytes.Length - 1)] = (byte)random.NextInt(0, 126);   // broken UTF-8 is found when a record is read
            }

            string[]? expected = null;
            try
            {
                using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64 });
                expected = document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray().Select(item => item.GetRawText())]
                    : document.RootElement.EnumerateObject().Count(item => item.Value.ValueKind == JsonValueKind.Array) == 1
                        ? [.. document.RootElement.EnumerateObject().Single(item => item.Value.ValueKind == JsonValueKind.Array).Value.EnumerateArray().Select(item => item.GetRawText())] : null;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                // Not JSON; then nothing may come out.
            }

            string[]? actual = null;
            try
            {
                actual = [.. Read(bytes, 5).Select(record => record.Json)];
            }
            catch (Exception error) when (error is JsonException or BadRecordException)
            {
                // Refused.
            }

            actual.ShouldBe(expected, $"mutation {i}: {Encoding.Latin1.GetString(bytes)}");
        }
    }

    private static string Value(RandomStream random, int depth) => random.NextInt(0, depth > 3 ? 3 : 5) switch
    {
        0 => $"{random.NextInt(0, 1000) - 500}",
        1 => $"\"{new string('x', random.NextInt(0, 40))}\\n, ] é😀\"",
        2 => "null",
        3 => "true",
        4 => $"[{string.Join(", ", Enumerable.Range(0, random.NextInt(0, 3)).Select(_ => Value(random, depth + 1)))}]",
        _ => $"{{{string.Join(",\n", Enumerable.Range(0, random.NextInt(0, 3)).Select(i => $"\"k{i}\": {Value(random, depth + 1)}"))}}}",
    };

    private static List<(int Line, string Json, string? Fault)> Read(string text, int piece, int longest = 1 << 20) => Read(Encoding.UTF8.GetBytes(text), piece, longest);

    private static List<(int Line, string Json, string? Fault)> Read(byte[] bytes, int piece, int longest = 1 << 20) =>
        [.. JsonFile.Read(() => new Slow(bytes, piece), _ => false, longest).Select(record => (record.Line, Encoding.UTF8.GetString(record.Json.Span), record.Fault))];

    private sealed class Slow(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);
    }
}
