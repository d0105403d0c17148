namespace TSpin.Hub;

/// <summary>What a hub says about one file of a repository.</summary>
/// <param name="Path">Path in the repository.</param>
/// <param name="Commit">The commit, 40 hexadecimal digits.</param>
/// <param name="ETag">Name of the content: SHA-256 (64 digits) of large files, git's SHA-1 (40 digits) of others; other servers may send anything.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Address">Where the content is asked for; the answer may point to another host.</param>
internal sealed record HubFile(string Path, string Commit, string ETag, long Bytes, Uri Address);
