using System.IO.MemoryMappedFiles;

namespace TSpin.Files;

/// <summary>A whole file mapped for reading: its bytes are read from disk when they are touched.</summary>
/// <remarks>Reading is thread-safe; <see cref="Dispose"/> must come after all reading.</remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private MappedFile(MemoryMappedFile mapping, MemoryMappedViewAccessor view, byte* start, long length)
    {
        _mapping = mapping;
        _view = view;
        _start = start;
        Length = length;
    }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>The first byte, never to be written through.</summary>
    /// <exception cref="ObjectDisposedException">The mapping is closed.</exception>
    public byte* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start is null, this);
            return _start;
        }
    }

    /// <summary>Opens a file of some format, whose faults are told in the words of a user.</summary>
    /// <typeparam name="T">What the format makes of it.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="kind">What the file should be, for the message about a folder: <c>a GGUF file</c>.</param>
    /// <param name="missingCure">What to do when there is no such file.</param>
    /// <param name="open">Given the full path.</param>
    /// <exception cref="TSpinException">The path is a folder, is missing, or cannot be read; or as <paramref name="open"/>.</exception>
    public static T Open<T>(string path, string kind, string missingCure, Func<string, T> open)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new TSpinException($"{full}: this is a folder, not {kind}. Name a file inside it.");
        }

        try
        {
            return open(full);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TSpinException($"{full}: there is no such file. {missingCure}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{full}: could not be read: {error.Message} Check the path and its permissions.", error);
        }
    }

    /// <summary>Maps an open file and gives the mapping to what reads it; closes it again where that fails.</summary>
    /// <typeparam name="T">What reads it, and disposes it from then on.</typeparam>
    /// <param name="stream">The file, not empty; stays the caller's.</param>
    /// <param name="read">Makes the reader.</param>
    public static T Map<T>(FileStream stream, Func<MappedFile, T> read)
    {
        var mapping = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = mapping.CreateViewAccessor(0, stream.Length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return read(new MappedFile(mapping, view, start + view.PointerOffset, stream.Length));
        }
        catch
        {
            if (start is not null)
            {
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            view?.Dispose();
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>Closes the mapping; every pointer into it becomes invalid.</summary>
    public void Dispose()
    {
        if (_start is null)
        {
            return;
        }

        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
    }
}
