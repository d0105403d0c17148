using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares a model folder with what another stack computed from it, in float32. Two forms of record are read: <c>expected.json</c> with
/// <c>expected.safetensors</c> as scripts/record_reference.py writes them (prompts, greedy continuations, one triplet with gradients), and
/// a list of texts with their ids and log-probabilities.
/// </summary>
public static class ModelCheck
{
    private const string RecordFile = "expected.json";
    private const string OtherConfigFile = "config.v5.json";

    /// <summary>Runs the whole comparison, and again with <c>config.v5.json</c> where the folder has one.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <param name="record">The record: a JSON file (its tensors beside it, same name with .safetensors) or a folder with expected.json. Default: <paramref name="folder"/>.</param>
    /// <param name="device">Where to compute. Default: the CPU; tolerances are those of a CPU.</param>
    /// <returns>The report; a missing or malformed file or an unsupported model is its fault.</returns>
    public static CheckReport Run(string folder, string? record = null, Device device = default)
    {
        var list = new CheckList();
        try
        {
            var path = record ?? folder;
            path = Directory.Exists(path) ? Path.Combine(path, RecordFile) : path;
            if (!File.Exists(path))
            {
                throw new TSpinException($"{path}: no such file. Record what transformers computes first: python3 scripts/record_reference.py {folder}");
            }

            if (RecordJson.IsList(path))
            {
                TextsCheck.Run(list, folder, path, device);
            }
            else
            {
                PromptsCheck.Run(list, folder, path, "config.json", device);
                if (File.Exists(Path.Combine(folder, OtherConfigFile)))
                {
                    PromptsCheck.Run(list, folder, path, OtherConfigFile, device);
                }
            }

            return list.Report(folder);
        }
        catch (Exception error) when (error is TSpinException or TorchException)
        {
            return list.Report(folder, error.Message);
        }
    }
}
