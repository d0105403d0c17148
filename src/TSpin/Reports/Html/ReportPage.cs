namespace TSpin.Reports.Html;

/// <summary>Puts the sections together to one page that needs nothing from outside.</summary>
internal static class ReportPage
{
    public static Markup Draw(IReadOnlyList<RunRecord> runs)
    {
        var main = runs[0];
        var headline = RunHeadline.From(main);
        var notes = runs.SelectMany(run => run.Summary.Notes).ToList();
        var answers = SampleSection.DrawAnswers(runs, headline, notes);

        // The policy lets this one script run and nothing load: a response that slips through escaping could still do nothing.
        var policy = $"default-src 'none'; style-src 'unsafe-inline'; script-src '{ReportScript.Hash}'";
        return Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{policy}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{MethodName.Display(main.Summary.Method)}: {main.Summary.Id}</title>
            <style>
            {Markup.Verbatim(ReportStyle.Css)}
            </style>
            </head>
            <body>
            <main>
            {HeadlineSection.Draw(main, runs.Skip(1).ToList(), headline)}
            {ScoreSection.Draw(runs.Select(run => run.Summary).ToList())}
            {TrainingSection.DrawLikelihoods(runs)}
            {AlignmentSection.Draw(runs)}
            {TrainingSection.DrawCurves(runs)}
            {AuditSection.Draw(main)}
            {SampleSection.DrawTriplets(main)}
            {answers}
            {AppendixSection.Draw(runs, notes)}
            <footer>Made by TSpin {typeof(ReportPage).Assembly.GetName().Version?.ToString(3)} from the run folder alone. Method: “Triplets Better Than Pairs: Towards Stable and Effective Self-Play Fine-Tuning for LLMs”, arXiv 2601.08198.</footer>
            </main>
            <div id="tip" aria-hidden="true"></div>
            <script>{Markup.Verbatim(ReportScript.Text)}</script>
            </body>
            </html>

            """);
    }
}
