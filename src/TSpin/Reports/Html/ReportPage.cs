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

        var content = Markup.Of($"""
            {HeadlineSection.Draw(main, runs.Skip(1).ToList(), headline)}
            {ScoreSection.Draw(runs.Select(run => run.Summary).ToList())}
            {TrainingSection.DrawLikelihoods(runs)}
            {AlignmentSection.Draw(runs)}
            {TrainingSection.DrawCurves(runs)}
            {AuditSection.Draw(main)}
            {SampleSection.DrawTriplets(main)}
            {answers}
            {AppendixSection.Draw(runs, notes)}
            """);
        return PageFrame.Around(
            $"{MethodName.Display(main.Summary.Method)}: {main.Summary.Id}", content,
            "from the run folder alone. Method: “Triplets Better Than Pairs: Towards Stable and Effective Self-Play Fine-Tuning for LLMs”, arXiv 2601.08198.");
    }
}
