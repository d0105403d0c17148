using System.CommandLine;
using TSpin.Reports;

namespace TSpin.Cli;

/// <summary><c>tspin report</c>: draws one or several runs again.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run folders; the first is the subject, the others are drawn beside it.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--out") { Description = "The page. Default: report.html in the first run's folder.", HelpName = "FILE" };
        var markdown = new Option<bool>("--markdown") { Description = "Print the finding and the table of scores as Markdown instead." };
        var command = new Command("report", "A page with scores, curves and answers of runs. Example: tspin report runs/tspin runs/sft --out comparison.html") { runs, output, markdown };
        command.SetAction(result =>
        {
            var folders = result.GetRequiredValue(runs);
            if (result.GetValue(markdown))
            {
                Console.Write(RunReport.Markdown(folders));
                return 0;
            }

            var page = result.GetValue(output) ?? Path.Combine(folders[0], "report.html");
            RunReport.Write(folders, page);
            Console.WriteLine($"report: {page}");
            return 0;
        });
        return command;
    }
}
