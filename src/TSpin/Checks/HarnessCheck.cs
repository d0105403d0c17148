using TSpin.ChatTemplates;
using TSpin.Evaluation.Harness;
using TSpin.Models;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares evaluation with what lm-evaluation-harness recorded, run by run: rows, contexts with their examples, continuations, log-probabilities, answers, filtered answers, metrics, and
/// the results of tasks and groups with their errors. Without a model the recorded log-probabilities and answers are judged.
/// </summary>
public static class HarnessCheck
{
    /// <summary>Runs the comparison.</summary>
    /// <param name="record"><c>MODEL.jsonl</c>, with <c>MODEL.results.json</c> beside it.</param>
    /// <param name="model">The model's folder; one without weights gives its chat template. Null: none.</param>
    /// <param name="data">The folder of the datasets. Null: the one that the record names.</param>
    /// <param name="limit">Only the first so many samples of each run; results are not compared then. Null: all.</param>
    /// <param name="device">Where the model computes. Default: the CPU.</param>
    /// <param name="runs">Only these runs. Null: all.</param>
    /// <returns>The report; what could not be checked is its fault.</returns>
    public static CheckReport Run(string record, string? model = null, string? data = null, int? limit = null, Device? device = null, IReadOnlyCollection<string>? runs = null)
    {
        var list = new CheckList();
        try
        {
            Compare(list, new EvaluationCheckRequest(record, data, limit, model), device, runs);
            return list.Report(record);
        }
        catch (TSpinException error)
        {
            return list.Report(record, error.Message);
        }
    }

    /// <summary>As <see cref="Run"/>, told to a list.</summary>
    /// <exception cref="TSpinException">Something could not be checked; all else was.</exception>
    internal static void Compare(
        CheckList list, EvaluationCheckRequest request, Device? device = null, IReadOnlyCollection<string>? runs = null)
    {
        var model = request.Model;
        var faults = new List<string>();
        Decoder? decoder = null;
        try
        {
            var read = HarnessRecord.Read(request.Record);
            var data = new RecordData(request, request.Data ?? read.Data);
            var template = model is not null && ChatTemplate.ExistsIn(model) ? ChatTemplate.Load(model) : null;
            HarnessModel? asked = null;
            if (model is null || !HasWeights(model))
            {
                list.Skip($"the model's own log-probabilities and answers: {(model is null ? "no model is named" : $"{model} has no weights")}; the recorded ones were judged");
            }
            else
            {
                decoder = DecoderLoader.Load(model, DType.Float32, DType.Float32, device ?? Device.Cpu);
                asked = new HarnessModel(decoder, Tokenizer.LoadByClass(model), template);
            }

            foreach (var run in read.Runs.Where(run => runs?.Contains(run) ?? true))
            {
                try
                {
                    new HarnessRunCheck(list, read, run, data, template, asked, request.Limit).Compare();
                }
                catch (TSpinException error)
                {
                    faults.Add($"run {run}: {error.Message}");
                }
                catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or FormatException or ArgumentOutOfRangeException)
                {
                    faults.Add($"run {run}: a sample or its results are not as lm-evaluation-harness records them: {error.Message} Record it again.");
                }
            }
        }
        catch (TSpinException error)
        {
            faults.Add(error.Message);
        }
        finally
        {
            decoder?.Dispose();
        }

        if (faults.Count > 0)
        {
            throw new TSpinException(string.Join('\n', faults));
        }
    }

    private static bool HasWeights(string model) => File.Exists(model) || (Directory.Exists(model)
        ? Directory.EnumerateFiles(model).Any(file => Path.GetExtension(file) is ".safetensors" or ".gguf" or ".bin")
        : throw new TSpinException($"{model}: there is no such folder. Give a model's folder."));
}
