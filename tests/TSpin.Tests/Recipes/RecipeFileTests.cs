using Shouldly;
using TSpin.Data;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Recipes;

public sealed class RecipeFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tspin-recipes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Extends_lays_deltas_over_a_base_and_each_path_starts_from_its_own_file()
    {
        Write("base/common.yaml", "seed: 1\nmodel: {path: m}\ndata:\n  train: t.jsonl\n  examples: 5\nevaluation: {data: e.jsonl}\ntraining:\n  epochs: 9\n  batch_size: 8\n");
        Write("middle.yaml", "extends: base/common.yaml\nseed: 2\ntraining: {epochs: 3}\nprompt:\n");
        var path = Write("top.yaml", "extends: middle.yaml\ndata: {train: own.jsonl}\ntraining:\nevaluation: {data: null}\n");
        var recipe = RecipeReader.Read(path, ["training.batch_size=4"]);
        recipe.Seed.ShouldBe(2UL);
        recipe.Model.Path.ShouldBe(Path.Combine(_folder, "base/m"));
        recipe.Data.Train.ShouldBe([Path.Combine(_folder, "own.jsonl")]);
        recipe.Data.Examples.ShouldBe(5);
        recipe.Training.Epochs.ShouldBe(3);
        recipe.Training.BatchSize.ShouldBe(4);
        recipe.Evaluation.Data.ShouldBeNull();
    }

    [Fact]
    public void A_fault_in_a_base_names_the_base()
    {
        var common = Write("common.yaml", "model: {path: m}\ntraining:\n  epochs: none\n");
        var path = Write("top.yaml", "extends: common.yaml\n\ndata: {train: 1, skip: 2}\n");
        Should.Throw<RecipeException>(() => RecipeReader.Read(path, [])).Faults.Select(fault => (fault.File, fault.Line, fault.Column, fault.Field)).ShouldBe(
            [(common, 3, 3, "training.epochs"), (path, 3, 18, "data.skip")]);
    }

    [Fact]
    public void A_base_that_cannot_be_read_is_the_only_fault()
    {
        Write("common.yaml", "model: {path: m}\ndata: [\n");
        var path = Write("top.yaml", "extends: common.yaml\nname: x\n");
        Should.Throw<RecipeException>(() => RecipeReader.Read(path, [])).Faults.ShouldHaveSingleItem().File.ShouldBe(Path.Combine(_folder, "common.yaml"));
    }

    [Fact]
    public void A_circle_of_extends_is_named()
    {
        Write("a.yaml", "extends: b.yaml");
        Write("b.yaml", "extends: ./c.yaml");
        Write("c.yaml", "name: x\nextends: a.yaml\n");
        var error = Should.Throw<RecipeException>(() => RecipeReader.Read(Path.Combine(_folder, "a.yaml"), []));
        error.Message.ShouldContain($"{Path.Combine(_folder, "c.yaml")}:2:1: extends: a.yaml leads back to itself (a.yaml -> b.yaml -> c.yaml -> a.yaml); remove one of these \"extends\"");
    }

    [Theory]
    [InlineData("extends: nowhere.yaml", "nowhere.yaml: no such file; the path starts from the folder of this recipe")]
    [InlineData("extends: .", " is a folder; name a recipe file (*.yaml) in it")]
    [InlineData("extends: [a, b]", "a list of 2 is not a file; name one recipe")]
    [InlineData("extends:", "nothing is not a file; name one recipe")]
    public void Extends_must_name_a_file(string line, string message)
    {
        var path = Write("r.yaml", line + "\nmodel: {path: m}\ndata: {train: t}\n");
        var fault = Should.Throw<RecipeException>(() => RecipeReader.Read(path, [])).Faults.ShouldHaveSingleItem();
        (fault.Line, fault.Field).ShouldBe((1, "extends"));
        fault.Message.ShouldContain(message);
    }

    [Fact]
    public void Files_that_are_no_recipes_are_explained()
    {
        var missing = Path.Combine(_folder, "missing.yaml");
        Should.Throw<RecipeException>(() => RecipeReader.Read(missing, [])).Message.ShouldBe($"The recipe has a fault:\n{missing}: no such file; check the path");
        Should.Throw<RecipeException>(() => RecipeReader.Read(_folder, [])).Message.ShouldContain("is a folder");
        var latin = Path.Combine(_folder, "latin.yaml");
        File.WriteAllBytes(latin, [.. "name: caf"u8, 0xE9]);
        Should.Throw<RecipeException>(() => RecipeReader.Read(latin, [])).Message.ShouldContain("byte 9 is not UTF-8; save the file as UTF-8");
        var large = Write("large.yaml", new string('#', (1 << 20) + 1));
        Should.Throw<RecipeException>(() => RecipeReader.Read(large, [])).Message.ShouldContain("was a data file named by mistake?");
    }

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_do_no_harm()
    {
        var path = Write("bom.yaml", "\ufeffmodel:\r\n  path: /m\r\ndata:\r\n  train: /t\r\n  format: gsm8k\r\n");
        RecipeReader.Read(path, []).Data.Format.ShouldBe(DataFormat.Gsm8k);
    }

    [Fact]
    public void Every_recipe_of_the_repository_can_be_read_and_read_back()
    {
        var files = Directory.GetFiles(Path.Combine(SharedFolder.RepositoryRoot, "recipes"), "*.yaml").Where(file => !Path.GetFileName(file).StartsWith("pretrain-", StringComparison.Ordinal)).ToList();
        files.Count.ShouldBeGreaterThanOrEqualTo(2);
        foreach (var file in files)
        {
            var recipe = RecipeReader.Read(file, []);
            RecipeReader.Parse(RecipeWriter.Write(recipe), "/elsewhere/recipe.yaml", []).ShouldBe(recipe, file);
        }
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
