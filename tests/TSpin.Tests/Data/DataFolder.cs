using TSpin.Data;

namespace TSpin.Tests.Data;

/// <summary>A temporary folder of small data files.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("tspin-data-").FullName;

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes one file and reads it.</summary>
    public ExampleSet Read(string name, string text, DataFormat format = DataFormat.Auto, bool skipBad = false) =>
        ExampleReader.Read([Write(name, text)], format, skipBad);

    /// <summary>A message without the folder, which differs from run to run.</summary>
    public string Plain(Exception error) => error.Message.Replace(_path + "/", "", StringComparison.Ordinal);

    public override string ToString() => _path;

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
