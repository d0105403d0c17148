namespace TSpin.Parquet;

/// <summary>
/// Walks through the entries of one column of one row group. An entry has a repetition level (which list it continues; 0 begins a row), a
/// definition level (how much of its path is not null), and a value when that level is the column's own.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="leaf">The column.</param>
/// <param name="chunk">Where it lies.</param>
internal sealed class ColumnCursor(PageFile file, SchemaNode leaf, ColumnChunk chunk)
{
    private readonly PageReader _pages = new(file, leaf, chunk);
    private DataPage? _page;
    private ValueDecoder? _values;
    private long _left = chunk.Values;
    private int _leftInPage;
    private bool _isLoaded;
    private int _repetition;
    private int _definition;
    private ParquetValue _value;

    /// <summary>The column.</summary>
    public SchemaNode Leaf => leaf;

    /// <summary>Whether every entry has been taken.</summary>
    public bool IsAtEnd => !_isLoaded && _left == 0;

    /// <summary>The repetition level of the entry at hand.</summary>
    public int Repetition
    {
        get
        {
            Load();
            return _repetition;
        }
    }

    /// <summary>The definition level of the entry at hand.</summary>
    public int Definition
    {
        get
        {
            Load();
            return _definition;
        }
    }

    /// <summary>The value of the entry at hand, when it is not null; its bytes are valid until another entry is looked at.</summary>
    public ParquetValue Value
    {
        get
        {
            Load();
            return _value;
        }
    }

    /// <summary>Takes the entry at hand.</summary>
    public void Take()
    {
        Load();
        _isLoaded = false;
    }

    private void Load()
    {
        if (_isLoaded)
        {
            return;
        }

        try
        {
            LoadNext();
        }
        catch (ParquetFaultException error)
        {
            throw new ParquetFaultException($"column \"{leaf.Path}\": {error.Message}");
        }
    }

    private void LoadNext()
    {
        if (_left == 0)
        {
            throw new ParquetFaultException($"it ends before the rows do, after {chunk.Values} values");
        }

        while (_leftInPage == 0)
        {
            _page = _pages.Next();
            _values = null;
            _leftInPage = _page.Values <= _left ? _page.Values : throw new ParquetFaultException("its pages hold more values than the footer says");
        }

        _left--;
        _leftInPage--;
        _repetition = (int)(_page!.Repetitions?.Next() ?? 0);
        _definition = (int)(_page.Definitions?.Next() ?? 0);
        if (_repetition > leaf.Repetition || _definition > leaf.Definition)
        {
            throw new ParquetFaultException("a page has levels that the schema does not allow");
        }

        if (_definition == leaf.Definition)
        {
            _values ??= _page.Decode(leaf.Type!, _pages.Dictionary);
            _value = _values.Next();
        }

        _isLoaded = true;
    }
}
