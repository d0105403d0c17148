using System.CommandLine;
using TSpin;
using TSpin.Worlds;

// What the studies of studies/README.md are made of: data, the documents of the worlds' base model, and the judges of tasks.
var folder = new Option<string>("--out") { Description = "The folder to write to.", Required = true, HelpName = "FOLDER" };
var seed = new Option<ulong>("--seed") { Description = "Seed of every draw.", DefaultValueFactory = _ => 1 };
var examples = new Option<int>("--examples") { Description = "Annotated examples of each skill.", DefaultValueFactory = _ => 400 };
var data = new Command("data", "Write annotated examples, held-out questions and tasks. Example: worlds data --out data --seed 1") { folder, seed, examples };
data.SetAction(result => WorldFiles.WriteData(
    result.GetRequiredValue(folder), result.GetValue(seed), result.GetValue(examples)));

var textbook = new Option<int>("--textbook") { Description = "Documents with right answers.", DefaultValueFactory = _ => 24000 };
var crawl = new Option<int>("--crawl") { Description = "Documents with careless answers.", DefaultValueFactory = _ => 9600 };
var documents = new Command("documents", "Write what the base model reads. Example: worlds documents --out base") { folder, textbook, crawl };
documents.SetAction(result => WorldFiles.WriteDocuments(
    result.GetRequiredValue(folder), result.GetValue(textbook), result.GetValue(crawl)));

var source = new Option<string>("--from") { Description = "A folder with IFEval's input_data.jsonl and *_eval_results_strict.jsonl.", Required = true, HelpName = "FOLDER" };
var halves = new Command("halves", "Write IFEval's prompts in two halves, with annotated answers. Example: worlds halves --from ifeval --out data") { source, folder };
halves.SetAction(result => InstructionHalves.Write(result.GetRequiredValue(source), result.GetRequiredValue(folder)));

var skill = new Argument<string>("SKILL") { Description = "Whose answers are judged: lists, sums or instructions (IFEval's)." };
skill.AcceptOnlyFromAmong("lists", "sums", "instructions");
var judge = new Command("judge", "Score answers from standard input, as a task's metric.command. Example: worlds judge lists") { skill };
judge.SetAction(result =>
{
    if (WorldFiles.Skills.SingleOrDefault(known => known.Name == result.GetRequiredValue(skill)) is { } known)
    {
        Judge.Run(known, Console.In, Console.Out);
    }
    else
    {
        InstructionHalves.Judge(Console.In, Console.Out);
    }
});

try
{
    return new RootCommand("Small worlds for studies of self-play.") { data, documents, halves, judge }.Parse(args).Invoke(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (TSpinException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
