// What a project outside the library adds, each as one class and one registration: two objectives, a task, and a generator behind HTTP.
//   dotnet run --project samples/Extending -- RECIPE [CHOICES.jsonl]
// The recipe may say  method: sample-dft  or  sample-ipo, and  evaluation.tasks: [sample-choice].
using Extending;
using TSpin;
using TSpin.Evaluation;
using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.SelfPlay;

if (args is not [var file, ..])
{
    Console.Error.WriteLine("usage: Extending RECIPE [CHOICES.jsonl]");
    return 2;
}

Methods.Register(SampleDft.Method);
Methods.Register(SampleIpo.Method);
if (args.Length > 1)
{
    EvaluationTasks.Register(MultipleChoiceTask.TaskName, (_, _) => new MultipleChoiceTask(args[1]));
}

using var server = new StandInServer(port: 0);

var recipe = RecipeReader.Read(file, []);
var watch = new Relay<RunEvent>(value =>
{
    if (value is Evaluated { Result: var result })
    {
        Console.WriteLine($"iteration {value.Iteration}: {string.Join(", ", result.Results.SelectMany(task => task.Metrics).Select(metric => $"{metric.Title} {metric.ToText()}"))}");
    }
});
try
{
    new SelfPlayRun(recipe, Path.Combine(recipe.Output.Directory, recipe.Name), watch, new HttpEngine(server.Address)).Run();
}
catch (TSpinException fault)
{
    Console.Error.WriteLine(fault.Message);
    return fault.ExitCode;
}

Console.WriteLine($"the server answered {server.Answered} prompts");
return 0;
