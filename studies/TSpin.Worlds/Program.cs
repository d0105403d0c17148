using System.CommandLine;
using TSpin;
using TSpin.Worlds;

// The worlds of studies/README.md: data, the documents of their base model, and the judges of their tasks.
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

var skill = new Argument<string>("SKILL") { Description = "Whose answers are judged: lists or sums." };
skill.AcceptOnlyFromAmong("lists", "sums");
var judge = new Command("judge", "Score answers from standard input, as a task's metric.command. Example: worlds judge lists") { skill };
judge.SetAction(result => Judge.Run(
    WorldFiles.Skills.Single(known => known.Name == result.GetRequiredValue(skill)), Console.In, Console.Out));

try
{
    return new RootCommand("Small worlds for studies of self-play.") { data, documents, judge }.Parse(args).Invoke(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (TSpinException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
