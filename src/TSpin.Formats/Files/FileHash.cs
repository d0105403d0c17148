using System.Security.Cryptography;

namespace TSpin.Files;

/// <summary>Fingerprints of files, to tell whether one has been altered.</summary>
public static class FileHash
{
    /// <summary>The SHA-256 of a file's bytes, read as a stream.</summary>
    /// <param name="path">The file.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="TSpinException">The file is missing or unreadable.</exception>
    public static string Sha256(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{Path.GetFullPath(path)}: could not be read: {error.Message} Check the path and its permissions.", error);
        }
    }
}
