using System.CommandLine;
using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Cli;

/// <summary><c>tspin merge</c>: a LoRA adapter and its base model as one ordinary model.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("ADAPTER") { Description = "A LoRA adapter's folder, PEFT's or a run's checkpoint, or org/name[@revision] on a hub." };
        var model = new Option<string?>("--base") { Description = "The base model's folder or GGUF file. Default: what the adapter names.", HelpName = "FOLDER" };
        var output = new Option<string>("--out") { Description = "Folder for the model.", Required = true, HelpName = "FOLDER" };
        var command = new Command("merge", "Add a LoRA adapter to its base model's weights. Example: tspin merge runs/lora/iteration-01/checkpoint --out ./merged") { folder, model, output };
        command.SetAction(result =>
        {
            using var interruption = new Interruption();
            var adapterFolder = Fetched(result.GetRequiredValue(folder));
            var name = result.GetValue(model) ?? LoraAdapter.ReadConfig(adapterFolder).BaseModel
                ?? throw new TSpinException($"{adapterFolder}: the adapter does not name its base model. Give it with --base.");
            name = Fetched(name);
            if (!Path.Exists(name))
            {
                throw new TSpinException($"{adapterFolder}: its base model {name} is not here. Give its folder with --base.");
            }

            using var decoder = DecoderLoader.Load(name, DType.Float32);
            using var adapter = LoraAdapter.Load(adapterFolder, decoder);
            adapter.MergeInto(decoder);
            var to = result.GetRequiredValue(output);
            CheckpointFolder.Write(to, name, temporary =>
            {
                DecoderSaver.SaveWeights(decoder, temporary);
                // The adapter's folder keeps the ends that it was trained with.
                SavedConfig.Amend(temporary, decoder.Config, DecoderConfigReader.WithEndsOf(adapterFolder, decoder.Config).EosIds);
            });
            Console.WriteLine($"{to}: written");
            return 0;

            string Fetched(string path) => HubNames.Model(path, interruption.Token);
        });
        return command;
    }
}
