using System.Globalization;
using TSpin.Files;

namespace TSpin.TensorBoard;

/// <summary>
/// The event files of one run, written over several starts of it. Every start writes a file of its own (a program that
/// follows the older ones reads on undisturbed), each record with one unbuffered write. What a killed start left
/// half-written is cut off; of the steps that are done again, <see cref="KeepUpTo"/> takes the old events away, and
/// tells a TensorBoard that has read them to forget them.
/// </summary>
/// <remarks>Not thread-safe; one process per folder at a time (see <see cref="FolderLock"/>).</remarks>
public sealed class EventLog : IDisposable
{
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly HashSet<(string Tag, long Step)> _written = [];
    private FileStream? _stream;
    private long _forgetFrom = -1;

    /// <summary>Opens a folder's events; nothing is created before something is written.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="clock">Tells wall times. Default: the system's.</param>
    /// <exception cref="IOException">A file cannot be read or repaired.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public EventLog(string folder, TimeProvider? clock = null)
    {
        _folder = Path.GetFullPath(folder);
        _clock = clock ?? TimeProvider.System;
        foreach (var path in EventFile.In(_folder))
        {
            var whole = EventFile.ForEachFrame(path, frame => Remember(EventFile.Decode(frame)));
            if (whole < new FileInfo(path).Length)
            {
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                stream.SetLength(whole);
            }
        }
    }

    /// <summary>Whether an event of that step begins with that tag.</summary>
    /// <param name="tag">The tag of the event's first value.</param>
    /// <param name="step">Its step.</param>
    /// <returns>True if it is in a file.</returns>
    public bool Contains(string tag, long step) => _written.Contains((tag, step));

    /// <summary>Takes away what was written of later steps, because they are done again.</summary>
    /// <param name="step">The last step that stays.</param>
    public void KeepUpTo(long step)
    {
        _stream?.Dispose();
        _stream = null;
        var isCut = false;
        foreach (var path in EventFile.In(_folder))
        {
            var later = 0;
            EventFile.ForEachFrame(path, frame => later += IsKept(frame, step) ? 0 : 1);
            if (later > 0)
            {
                isCut = true;
                Cut(path, step);
            }
        }

        // Where the run goes on at the step after, nothing is superseded and nobody need forget anything.
        _forgetFrom = isCut ? step + 1 : _forgetFrom;
        _written.RemoveWhere(known => known.Step > step);
    }

    /// <summary>Writes numbers of one step as one event.</summary>
    /// <param name="step">The step.</param>
    /// <param name="values">Tags and values.</param>
    public void Scalars(long step, IReadOnlyList<KeyValuePair<string, double>> values)
    {
        if (values.Count > 0)
        {
            Append(EventEncoding.Scalars(Now, step, values), values[0].Key, step);
        }
    }

    /// <summary>Writes a text.</summary>
    /// <param name="step">The step.</param>
    /// <param name="tag">The tag; <c>/text_summary</c> is put after it, as the real writers do.</param>
    /// <param name="markdown">What TensorBoard renders as Markdown.</param>
    public void Text(long step, string tag, string markdown)
    {
        var full = TextTag(tag);
        Append(EventEncoding.TextValue(Now, step, full, markdown), full, step);
    }

    /// <summary>The tag under which <see cref="Text"/> writes.</summary>
    /// <param name="tag">As given there.</param>
    /// <returns>The tag in the file.</returns>
    public static string TextTag(string tag) => tag + "/text_summary";

    /// <summary>Writes the run's settings, unless they are there.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="metrics">Tags of the scalars by which the HPARAMS page compares runs.</param>
    public void Settings(IReadOnlyList<HyperParameter> settings, IReadOnlyList<string> metrics)
    {
        if (!Contains("_hparams_/experiment", 0))
        {
            Append(EventEncoding.Experiment(Now, settings, metrics), "_hparams_/experiment", 0);
            Append(EventEncoding.SettingsOfRun(Now, settings), "_hparams_/session_start_info", 0);
        }
    }

    /// <summary>Says that the run is finished, unless that was said.</summary>
    public void Finish()
    {
        if (!Contains("_hparams_/session_end_info", 0))
        {
            Append(EventEncoding.EndOfRun(Now), "_hparams_/session_end_info", 0);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream?.Dispose();

    private double Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private void Append(byte[] data, string tag, long step)
    {
        _stream ??= Create();
        _stream.Write(EventFile.Frame(data));
        _written.Add((tag, step));
    }

    // TensorBoard takes files by name, and goes on to the next when one has no more: the newest must be the last.
    private FileStream Create()
    {
        Directory.CreateDirectory(_folder);
        var last = EventFile.In(_folder).Select(path => Path.GetFileName(path)[EventFile.Prefix.Length..].Split('.')[0])
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? seconds : 0).DefaultIfEmpty(0).Max();
        var seconds = Math.Max((long)Now, last + 1);
        var name = string.Create(CultureInfo.InvariantCulture,
            $"{EventFile.Prefix}{seconds:D10}.{Environment.MachineName}.{Environment.ProcessId}.0");
        var stream = new FileStream(Path.Combine(_folder, name), FileMode.CreateNew, FileAccess.Write,
            FileShare.Read | FileShare.Delete, bufferSize: 0);
        stream.Write(EventFile.Frame(EventEncoding.Version(Now)));
        if (_forgetFrom >= 0)
        {
            stream.Write(EventFile.Frame(EventEncoding.Session(Now, _forgetFrom)));
            _forgetFrom = -1;
        }

        return stream;
    }

    private void Remember(EventRecord record)
    {
        if (record.Values is [var first, ..])
        {
            _written.Add((first.Tag, record.Step));
        }
    }

    private static bool IsKept(ReadOnlyMemory<byte> frame, long step) =>
        EventFile.Decode(frame) is var record && (record.Step <= step || record.FileVersion is not null);

    // Under a name that no TensorBoard takes for an event file.
    private void Cut(string path, long step)
    {
        var beside = Path.Combine(_folder, ".events-kept");
        AtomicFile.Write(beside, stream => EventFile.ForEachFrame(path, frame =>
        {
            if (IsKept(frame, step))
            {
                stream.Write(EventFile.Frame(frame.Span));
            }
        }));
        File.Move(beside, path, overwrite: true);
    }
}
