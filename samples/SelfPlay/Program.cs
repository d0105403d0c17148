// The library alone: one T-SPIN run from code.
//   dotnet run --project samples/SelfPlay -- MODEL_FOLDER train.jsonl
using TSpin;
using TSpin.Recipes;
using TSpin.SelfPlay;

if (args is not [var model, var data])
{
    Console.Error.WriteLine("usage: SelfPlay MODEL_FOLDER train.jsonl");
    return 2;
}

var recipe = new Recipe
{
    Name = "sample",
    Model = new() { Path = Path.GetFullPath(model) },
    Data = new() { Train = [Path.GetFullPath(data)], Examples = 100 },
    Objective = new() { Alpha = 0.1 },
    Training = new() { Iterations = 2, LearningRate = [1e-6], BatchSize = 16 },
};
var watch = new Relay<RunEvent>(value =>
{
    if (value is Stepped { Metrics: var step })
    {
        Console.WriteLine($"iteration {step.Iteration} step {step.Step}/{step.Steps}: loss {step.Loss:F4}, u {step.CurrentAdvantage:F1}, v {step.HistoricalAdvantage:F1}");
    }
});
new SelfPlayRun(recipe, Path.Combine("runs", recipe.Name), watch).Run();
return 0;
