using System.Text;
using Shouldly;
using TSpin.Dashboard;
using Xunit;

namespace TSpin.Tests.Dashboard;

public sealed class FollowedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _lines = [];
    private readonly FollowedFile _file;

    public FollowedFileTests() => _file = new FollowedFile(new RunFiles(_folder.Path), _folder["log.jsonl"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whole_lines_come_once_and_half_ones_when_they_are_whole()
    {
        Read().ShouldBeFalse();
        Append("a\nb\nhal");
        Read().ShouldBeTrue();
        _lines.ShouldBe(["a", "b"]);
        Append("f\n");
        Read();
        Read().ShouldBeFalse();
        _lines.ShouldBe(["a", "b", "half"]);
    }

    [Fact]
    public void A_log_that_was_replaced_is_read_anew_whether_shorter_or_longer()
    {
        Append("a 1\nb 1\nc 1\n");
        Read();
        Replace("a 1\n");
        Read();
        _lines.ShouldBe(["a 1"]);
        Append("b 2\nc 2\n");
        Read();
        _lines.ShouldBe(["a 1", "b 2", "c 2"]);
        Replace("a 1\nb 2\nc 3\nd 3\n");
        Read();
        _lines.ShouldBe(["a 1", "b 2", "c 3", "d 3"]);
        File.Delete(_folder["log.jsonl"]);
        Read().ShouldBeTrue();
        _lines.ShouldBeEmpty();
    }

    [Fact]
    public void Lines_longer_than_the_buffer_come_whole()
    {
        var text = new string('x', 3 << 20);
        Append($"a\n{text}\nb\n");
        Read();
        _lines.ShouldBe(["a", text, "b"]);
        Append("c\n");
        Read();
        _lines[^1].ShouldBe("c");
    }

    [Fact]
    public void A_long_file_is_read_in_parts_and_no_line_is_lost_between_them()
    {
        var lines = Enumerable.Range(0, 5000).Select(i => $"{i} {new string('x', 1000)}").ToArray();
        Append(string.Join('\n', lines) + "\n");
        var parts = 0;
        do
        {
            _file.Read(_lines.Clear, (line, _) => _lines.Add(Encoding.UTF8.GetString(line)), () => true).ShouldBeTrue();
            parts++;
        }
        while (_file.IsBehind);

        parts.ShouldBeInRange(4, 6);
        _lines.ShouldBe(lines);
        Read().ShouldBeFalse();
    }

    private bool Read() => _file.Read(_lines.Clear, (line, _) => _lines.Add(Encoding.UTF8.GetString(line)));

    private void Append(string text) => File.AppendAllText(_folder["log.jsonl"], text);

    private void Replace(string text)
    {
        File.WriteAllText(_folder["new"], text);
        File.Move(_folder["new"], _folder["log.jsonl"], overwrite: true);
    }
}
