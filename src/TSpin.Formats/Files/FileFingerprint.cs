using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TSpin.Files;

/// <summary>
/// Tells quickly whether a file is still the one it was. A file of up to <see cref="WholeBytes"/> is hashed whole; of a larger one, its length, its first
/// and last MiB and a page of every MiB between, so that no tensor of a MiB can change unseen and gigabytes of weights take a second.
/// </summary>
public static class FileFingerprint
{
    /// <summary>The largest file that is hashed whole.</summary>
    public const long WholeBytes = 64 << 20;

    private const int End = 1 << 20;
    private const int Page = 4096;

    /// <summary>A file's fingerprint.</summary>
    /// <param name="path">The file.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="TSpinException">The file is missing or unreadable.</exception>
    public static string Of(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, stream.Length);
            sha.AppendData(length);
            var buffer = new byte[End];
            if (stream.Length <= WholeBytes)
            {
                while (stream.Read(buffer) is > 0 and var read)
                {
                    sha.AppendData(buffer, 0, read);
                }

                return Convert.ToHexStringLower(sha.GetHashAndReset());
            }

            Add(0, End);
            for (long at = End; at < stream.Length - End; at += End)
            {
                Add(at, Page);
            }

            Add(stream.Length - End, End);
            return Convert.ToHexStringLower(sha.GetHashAndReset());

            void Add(long at, int count)
            {
                stream.Seek(at, SeekOrigin.Begin);
                stream.ReadExactly(buffer, 0, count);
                sha.AppendData(buffer, 0, count);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{Path.GetFullPath(path)}: could not be read: {error.Message} Check the path and its permissions.", error);
        }
    }
}
