using System.Globalization;
using System.Text.Json;
using Shouldly;
using TSpin.TensorBoard;
using Xunit;

namespace TSpin.Tests.TensorBoard;

public sealed class EventFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The check value of CRC-32C (RFC 3720, appendix B.4, and everywhere else), masked as TFRecord says.
    [Fact]
    public void The_checksum_is_the_masked_castagnoli_one()
    {
        const uint check = 0xE3069283;
        MaskedCrc32C.Of("123456789"u8).ShouldBe(((check >> 15) | (check << 17)) + 0xa282ead8);
        MaskedCrc32C.Of([]).ShouldBe(0xa282ead8);
    }

    // Written down by hand from the format's description: length, its checksum, the event, its checksum.
    [Fact]
    public void A_scalar_has_the_bytes_of_the_format()
    {
        var data = EventEncoding.Scalars(1.5, 2, [KeyValuePair.Create("a", 0.5)]);
        Convert.ToHexStringLower(data).ShouldBe("09000000000000f83f10022a0a0a080a016115" + "0000003f");
        var frame = EventFile.Frame(data);
        frame.Length.ShouldBe(12 + data.Length + 4);
        BitConverter.ToUInt64(frame).ShouldBe((ulong)data.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hp")]
    public void The_real_writers_events_are_read_as_tensorboard_reads_them(string part)
    {
        var path = SharedFolder.Require("reference", "tensorboard", part, "events.bin");
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(path, ".json")));
        var read = EventFile.Read(path);
        read.Count.ShouldBe(expected.RootElement.GetArrayLength());
        foreach (var (record, known) in read.Zip(expected.RootElement.EnumerateArray()))
        {
            record.WallTime.ShouldBe(known.GetProperty("wall_time").GetDouble());
            record.Step.ShouldBe(known.GetProperty("step").GetInt64());
            if (known.TryGetProperty("values", out var values))
            {
                var value = record.Values.ShouldHaveSingleItem();
                var one = values[0];
                value.Tag.ShouldBe(one.GetProperty("tag").GetString());
                // TensorBoard's reader names the plugin of a plain number.
                value.Plugin.ShouldBe(one.GetProperty("plugin").GetString() is "scalars" ? ""
                    : one.GetProperty("plugin").GetString());
                Convert.ToHexStringLower(value.PluginContent.Span).ShouldBe(one.GetProperty("content_hex").GetString());
                value.Texts.ShouldBe(one.GetProperty("string_val").EnumerateArray().Select(text => text.GetString()!));
                foreach (var number in one.GetProperty("float_val").EnumerateArray()
                    .Select(number => number.GetString()!))
                {
                    $"{value.Scalar}".ShouldBe(
                        $"{(float)(number is "nan" ? double.NaN : number is "inf" ? double.PositiveInfinity : double.Parse(number, CultureInfo.InvariantCulture))}");
                }
            }
            else
            {
                record.FileVersion.ShouldBe(known.GetProperty("file_version").GetString());
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("hp")]
    public void What_is_written_has_the_real_writers_bytes(string part)
    {
        var path = SharedFolder.Require("reference", "tensorboard", part, "events.bin");
        var real = new List<byte[]>();
        EventFile.ForEachFrame(path, frame => real.Add(frame.ToArray())).ShouldBe(new FileInfo(path).Length);
        File.ReadAllBytes(path).ShouldBe(real.SelectMany(data => EventFile.Frame(data)));

        // The first record names the writer, and ours is another one.
        var version = EventEncoding.Version(EventFile.Decode(real[0]).WallTime);
        version[..24].ShouldBe(real[0][..24]);
        foreach (var data in real.Skip(1))
        {
            var record = EventFile.Decode(data);
            var value = record.Values.ShouldHaveSingleItem();
            HyperParameter[] settings = part.Length == 0 ? []
                : value.Tag.EndsWith("start_info", StringComparison.Ordinal)
                    ? [new("history", 1.0), new("method", "t-spin"), new("iterations", 3.0), new("alpha", 0.1)]
                : [new("alpha", 0.1), new("method", "t-spin"), new("iterations", 3.0), new("history", 1.0)];
            var ours = value.Tag switch
            {
                "_hparams_/experiment" => EventEncoding.Experiment(record.WallTime, settings, ["hparam/accuracy"]),
                "_hparams_/session_start_info" => EventEncoding.SettingsOfRun(record.WallTime, settings),
                "_hparams_/session_end_info" => EventEncoding.EndOfRun(record.WallTime),
                _ => value.Texts is [var text] ? EventEncoding.TextValue(record.WallTime, record.Step, value.Tag, text)
                    : EventEncoding.Scalars(record.WallTime, record.Step,
                        [KeyValuePair.Create(value.Tag, (double)value.Scalar!.Value)]),
            };
            Convert.ToHexStringLower(ours).ShouldBe(Convert.ToHexStringLower(data), value.Tag);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(20)]
    public void A_torn_last_record_is_cut_off_and_the_next_start_writes_on(int missing)
    {
        Write(1, 2, 3);
        var path = EventFile.In(_folder.Path).ShouldHaveSingleItem();
        using (var stream = new FileStream(path, FileMode.Open))
        {
            stream.SetLength(stream.Length - missing);
        }

        Write(3, 4);
        Steps().ShouldBe([1, 2, 3, 4]);
        EventFile.ForEachFrame(path, _ => { }).ShouldBe(new FileInfo(path).Length);
    }

    [Fact]
    public void A_damaged_record_ends_what_is_read_and_what_follows_is_written_anew()
    {
        Write(1, 2, 3);
        var path = EventFile.In(_folder.Path)[0];
        var bytes = File.ReadAllBytes(path);
        bytes[^30] ^= 1;
        File.WriteAllBytes(path, bytes);
        EventFile.Read(path)[^1].Step.ShouldBe(2);
        using var log = new EventLog(_folder.Path);
        log.Contains("t", 2).ShouldBeTrue();
        log.Contains("t", 3).ShouldBeFalse();
    }

    [Fact]
    public void Steps_that_are_done_again_stand_once_and_a_reader_is_told_to_forget_them()
    {
        Write(1, 2, 3, 4);
        using (var log = new EventLog(_folder.Path))
        {
            log.KeepUpTo(2);
            log.Contains("t", 3).ShouldBeFalse();
            log.Scalars(3, [KeyValuePair.Create("t", 30.0)]);
        }

        Steps().ShouldBe([1, 2, 3]);
        var files = EventFile.In(_folder.Path);
        files.Count.ShouldBe(2);
        var second = EventFile.Read(files[1]);
        second[0].FileVersion.ShouldBe("brain.Event:2");
        second[1].ShouldSatisfyAllConditions(mark => mark.StartsSession.ShouldBeTrue(), mark => mark.Step.ShouldBe(3));
        Directory.GetFiles(_folder.Path).Length.ShouldBe(2);
    }

    // TensorBoard reads files in the order of their names; a clock that was set back must not put the new one first.
    [Fact]
    public void The_newest_file_is_the_last_whatever_the_clock_says()
    {
        File.WriteAllBytes(_folder[EventFile.Prefix + "9000000000.host.1.0"],
            EventFile.Frame(EventEncoding.Version(9e9)));
        Write(1);
        Write(2);
        EventFile.In(_folder.Path).SelectMany(EventFile.Read).Where(record => record.Values.Count > 0)
            .Select(record => record.Step).ShouldBe([1, 2]);
    }

    private void Write(params ReadOnlySpan<long> steps)
    {
        using var log = new EventLog(_folder.Path);
        foreach (var step in steps)
        {
            log.Scalars(step, [KeyValuePair.Create("t", (double)step)]);
        }
    }

    private long[] Steps() =>
        [.. EventFile.In(_folder.Path).SelectMany(EventFile.Read).Where(record => record.Values.Count > 0)
        .Select(record => record.Step).Order()];
}
