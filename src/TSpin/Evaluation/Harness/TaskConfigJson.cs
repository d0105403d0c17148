namespace TSpin.Evaluation.Harness;

/// <summary>A task's declaration as the harness writes it under <c>configs</c>.</summary>
internal static class TaskConfigJson
{
    /// <summary>What was asked and how.</summary>
    public static OrderedDictionary<string, object> Of(AskedTask asked, HarnessSettings settings)
    {
        var task = asked.Task;
        var config = new OrderedDictionary<string, object> { ["task"] = task.Name };
        Add("task_alias", task.Alias == task.Name ? null : task.Alias);
        Add("dataset_path", task.Data.Path);
        Add("dataset_name", task.Data.Name);
        Add("training_split", task.Data.Training);
        Add("validation_split", task.Data.Validation);
        Add("test_split", task.Data.Test);
        Add("fewshot_split", task.Data.FewShot);
        Add("description", task.Description);
        Add("target_delimiter", task.TargetDelimiter);
        Add("fewshot_delimiter", task.ShotDelimiter);
        Add("fewshot_config", new Dictionary<string, string> { ["sampler"] = task.TakesFirstShots ? "first_n" : "default" });
        Add("num_fewshot", asked.Shots);
        Add("metric_list",
            task.Metrics.Select(metric =>
            new OrderedDictionary<string, object>
            {
                ["metric"] = metric.Name,
                ["aggregation"] = "mean",
                ["higher_is_better"] = metric.HigherIsBetter
            }));
        Add("output_type", task is GenerationTask ? "generate_until" : "multiple_choice");
        if (task is GenerationTask generation)
        {
            Add("generation_kwargs", Generation(settings.Until ?? generation.Until, settings.MaxTokens ?? generation.MaxTokens, generation.Temperature));
            Add("filter_list", generation.Filters.Select(filter => filter.Name));
        }

        Add("repeats", 1);
        Add("metadata", new Dictionary<string, object> { ["version"] = PythonJsonText.Float(task.Version) });
        return config;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                config[name] = value;
            }
        }
    }

    /// <summary>How an answer is written.</summary>
    public static OrderedDictionary<string, object> Generation(IReadOnlyList<string> until, int? most, double temperature)
    {
        var settings = new OrderedDictionary<string, object>
        {
            ["until"] = until,
            ["do_sample"] = temperature > 0,
            ["temperature"] = PythonJsonText.Float(temperature),
        };
        if (most is { } tokens)
        {
            settings["max_gen_toks"] = tokens;
        }

        return settings;
    }
}
