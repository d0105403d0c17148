namespace TSpin.Reports;

/// <summary>Tells the runs of one report apart by the shortest names that do.</summary>
internal static class RunLabels
{
    /// <summary>One label for each run: the method; with the amount of data, and then the id, where methods repeat.</summary>
    public static IReadOnlyList<string> For(IReadOnlyList<RunSummary> runs)
    {
        var labels = runs.Select(run => MethodName.Display(run.Method)).ToArray();
        Extend(labels, index => runs[index].AnnotatedExamples is { } examples ? $"{labels[index]}, {examples} examples" : labels[index]);
        Extend(labels, index => $"{labels[index]}, {runs[index].Id}");
        Extend(labels, index => $"{labels[index]} ({index + 1})");
        return labels;
    }

    private static void Extend(string[] labels, Func<int, string> longer)
    {
        var repeated = labels.GroupBy(label => label).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        for (var i = 0; i < labels.Length; i++)
        {
            if (repeated.Contains(labels[i]))
            {
                labels[i] = longer(i);
            }
        }
    }
}
