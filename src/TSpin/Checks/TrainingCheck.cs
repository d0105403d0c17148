using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares objectives and training with a folder of records: objectives.json, torch.json (with triplets.ids.json and the model in model/),
/// trl.json; those that are there.
/// </summary>
public static class TrainingCheck
{
    /// <summary>Runs every comparison that the folder has a record for.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the models are trained. Default: the CPU.</param>
    /// <param name="ranks">The processes that each train on their share of every window. Default: there are none.</param>
    /// <returns>The report; a malformed record is its fault.</returns>
    public static CheckReport Run(string folder, Device device = default, TrajectoryRanks? ranks = null)
    {
        var list = new CheckList();
        var (objectives, torch, trl) = (Path.Combine(folder, "objectives.json"), Path.Combine(folder, "torch.json"), Path.Combine(folder, "trl.json"));
        var model = Path.Combine(folder, "model");
        try
        {
            var any = false;
            Where(objectives, () => ObjectivesCheck.Run(list, objectives));
            Where(torch, () => TrajectoryCheck.Run(list, torch, Path.Combine(folder, "triplets.ids.json"), model, device, ranks));
            Where(trl, () => TrlTrajectoryCheck.Run(list, trl, model, device, ranks));
            return any ? list.Report(folder)
                : throw new TSpinException($"{folder}: holds none of objectives.json, torch.json and trl.json; name a folder with recorded training runs.");

            void Where(string path, Action check)
            {
                if (File.Exists(path))
                {
                    any = true;
                    check();
                }
            }
        }
        catch (Exception error) when (error is TSpinException or TorchException)
        {
            return list.Report(folder, error.Message);
        }
    }
}
