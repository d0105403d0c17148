using System.Text;
using System.Text.Json;

namespace TSpin.Data;

/// <summary>Reads the tokens of a JSON document from a stream, and holds no more of it than the token or the value at hand.</summary>
/// <param name="stream">UTF-8, with or without a byte order mark.</param>
/// <param name="longest">Longest token, and longest value that is held, in bytes.</param>
internal sealed class JsonTokens(Stream stream, int longest)
{
    private byte[] _buffer = new byte[Math.Min(1 << 16, longest)];
    private JsonReaderState _state;
    private bool _isAtEnd;
    private bool _hasBegun;
    private int _next;
    private int _end;
    private int _held = -1;
    private int _counted;
    private int _lines;
    private int _tokenStart;
    private long _dropped;

    private static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    /// <summary>The token at hand.</summary>
    public JsonTokenType Type { get; private set; }

    /// <summary>Values around the token; those that begin or end count as around their contents only.</summary>
    public int Depth { get; private set; }

    /// <summary>The name as it is written, where the token is one of the outermost object.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Bytes of the stream before the token.</summary>
    public long Start => _dropped + _tokenStart;

    /// <summary>Bytes of the stream up to the token's end.</summary>
    public long End => _dropped + _next;

    /// <summary>The token's line, from 1.</summary>
    public int Line
    {
        get
        {
            CountLines(_tokenStart);
            return 1 + _lines;
        }
    }

    /// <summary>Reads the next token.</summary>
    /// <returns>False after the last one.</returns>
    /// <exception cref="JsonException">The document is not JSON.</exception>
    /// <exception cref="BadRecordException">The token is too long.</exception>
    public bool Next()
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_next, _end - _next), _isAtEnd, _state);
            var isThere = reader.Read();
            var tokenStart = _next + (int)reader.TokenStartIndex;
            _next += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
            if (isThere)
            {
                (Type, Depth, _tokenStart) = (reader.TokenType, reader.CurrentDepth, tokenStart);
                Name = Type == JsonTokenType.PropertyName && Depth == 1 ? Encoding.UTF8.GetString(reader.ValueSpan) : "";
                return true;
            }

            if (_isAtEnd)
            {
                return false;
            }

            Fill();
        }
    }

    /// <summary>Reads on to the end of the value whose first token is at hand.</summary>
    /// <returns>Its bytes, valid until the next token is read; null where they are too many.</returns>
    /// <exception cref="JsonException">The document is not JSON.</exception>
    /// <exception cref="BadRecordException">A token is too long.</exception>
    public ReadOnlyMemory<byte>? Value()
    {
        CountLines(_tokenStart);
        (_held, var depth) = (_tokenStart, Depth);
        if (Type is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            while (Next() && Depth > depth)
            {
            }
        }

        var start = _held;
        _held = -1;
        // Said with its type: a bare null would become an empty memory.
        return start < 0 ? default(ReadOnlyMemory<byte>?) : _buffer.AsMemory(start, _next - start);
    }

    private void Fill()
    {
        if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        if (_end == 0 && !_hasBegun)
        {
            _end = stream.ReadAtLeast(_buffer, Mark.Length, throwOnEndOfStream: false);
            _next = _buffer.AsSpan(0, _end).StartsWith(Mark) ? Mark.Length : 0;
            (_hasBegun, _isAtEnd) = (true, _end == 0);
            return;
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _isAtEnd = read == 0;
        _end += read;
    }

    private void MakeRoom()
    {
        var kept = _held >= 0 ? _held : _next;
        if (kept == 0 && _buffer.Length < longest)
        {
            Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, longest));
            return;
        }

        if (kept == 0 && _held >= 0 && _next > 0)
        {
            // A value longer than is held is only passed over.
            (_held, kept) = (-1, _next);
        }

        if (kept == 0)
        {
            throw new BadRecordException($"the document holds a text longer than {longest} bytes; it is no single record");
        }

        CountLines(kept);
        _buffer.AsSpan(kept, _end - kept).CopyTo(_buffer);
        (_next, _end, _counted, _dropped) = (_next - kept, _end - kept, _counted - kept, _dropped + kept);
        _held -= _held >= 0 ? kept : 0;
    }

    private void CountLines(int upTo)
    {
        if (upTo > _counted)
        {
            _lines += _buffer.AsSpan(_counted, upTo - _counted).Count((byte)'\n');
            _counted = upTo;
        }
    }
}
