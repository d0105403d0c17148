using TSpin.Evaluation.Harness;
using TSpin.Evaluation.InstructionFollowing;
using TSpin.Evaluation.Tasks;
using TSpin.Files;
using TSpin.Hub;

namespace TSpin.Checks;

/// <summary>Compares verdicts on responses to IFEval's prompts, whichever file they stand in.</summary>
internal sealed class InstructionComparison
{
    private const double Allowed = 0.03;
    private const string DataFile = "input_data.jsonl";

    // Types whose verdicts lean on a language detector or a sentence splitter, of which there is more than one.
    private static readonly HashSet<string> Linguistic = new(StringComparer.Ordinal)
    {
        "language:response_language", "change_case:english_capital", "change_case:english_lowercase",
            "length_constraints:number_sentences", "change_case:capital_word_frequency",
    };

    private readonly InstructionJudge _judge;
    private readonly Agreement _agreement = new("verdicts that need language or sentences", Allowed);
    private readonly CheckList _list;
    private long _either;

    public InstructionComparison(EvaluationCheckRequest request, CheckList list)
    {
        _list = list;
        _judge = new InstructionJudge(LinguisticTools.Of(request.Langdetect, request.Punkt));
        (Data, Prompts) = Read(request);
    }

    /// <summary>Where the prompts are, for messages.</summary>
    public string Data { get; }

    /// <summary>The prompts.</summary>
    public IReadOnlyList<InstructionPrompt> Prompts { get; }

    /// <summary>Our verdicts.</summary>
    public InstructionVerdicts Judge(InstructionPrompt prompt, string response) => _judge.Judge(prompt, response);

    /// <summary>Compares one list of verdicts with ours.</summary>
    public void Compare(string where, string mode, InstructionPrompt prompt, string response,
        IReadOnlyList<bool> actual, IReadOnlyList<bool> recorded, IReadOnlyList<int> chance)
    {
        if (recorded.Count != actual.Count)
        {
            throw new TSpinException($"{where}: {recorded.Count} verdicts ({mode}) on a prompt with {actual.Count} instructions ({Data}, key {prompt.Key}). The record is of other prompts; name theirs with --data.");
        }

        var drawn = _judge.DependOnChance(prompt, response);
        for (var i = 0; i < recorded.Count; i++)
        {
            var type = InstructionKinds.Find(prompt.InstructionIds[i]).Id;
            var place = $"{where}, key {prompt.Key}, {mode}, response {Excerpt.Of(response, 80)}";
            if (drawn[i] || chance.Contains(i))
            {
                _either++;
            }
            else if (Linguistic.Contains(type))
            {
                var index = i;
                _agreement.Add(type, actual[i] == recorded[i], () =>
                    $"{place}: {Word(actual[index])}, recorded {Word(recorded[index])}");
            }
            else
            {
                _list.Same(type, place, Word(actual[i]), Word(recorded[i]));
            }
        }
    }

    /// <summary>Ends the comparison.</summary>
    /// <param name="unmatched">Rows to whose prompt the data has none.</param>
    /// <param name="matched">The other rows.</param>
    public void Close(long unmatched, long matched)
    {
        if (matched == 0)
        {
            throw new TSpinException($"none of the {unmatched} rows belongs to a prompt of {Data}. Name the folder of their {DataFile} with --data.");
        }

        _agreement.Close(_list);
        if (_either > 0)
        {
            _list.Skip($"{_either} verdicts that the official checker's chance decides: either is right");
        }

        if (unmatched > 0)
        {
            _list.Skip($"{unmatched} rows whose prompt is not in {Data}");
        }
    }

    // The file, where there is one by its own name; else the dataset, in a folder of datasets or on a hub.
    private static (string Data, IReadOnlyList<InstructionPrompt> Prompts) Read(EvaluationCheckRequest request)
    {
        if (request.Data is not { } given)
        {
            return Read(Find(request));
        }

        var path = Directory.Exists(given) ? Path.Combine(given, DataFile) : given;
        if (File.Exists(path))
        {
            return Read(path);
        }

        try
        {
            var tasks = HarnessTasks.Find(["leaderboard_ifeval"], new HarnessFolder(null)).Tasks;
            var dataset = tasks[0].Data;
            var rows = new RecordData(request, given).FolderOf(tasks, new HarnessSettings()).Rows(dataset, dataset.Evaluated);
            return ($"{given} ({dataset.Path})", [.. rows.Select(InstructionFollowingTask.PromptOf)]);
        }
        catch (TSpinException error) when (!HubReference.IsMarked(given))
        {
            throw new TSpinException(
                $"--data {given}: there is no {DataFile}. Name the folder of IFEval's {DataFile}, or one with the dataset. {error.Message}",
                error);
        }

        static (string, IReadOnlyList<InstructionPrompt>) Read(string file) => (file, InstructionPrompt.Read(file));
    }

    // Beside the record, or in data/ifeval of a folder above it.
    private static string Find(EvaluationCheckRequest request)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(request.Record));
        var tried = new List<string>();
        for (var above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            tried.Add(Path.Combine(above, above == folder ? "" : Path.Combine("data", "ifeval"), DataFile));
        }

        return tried.Find(File.Exists) ?? throw new TSpinException(
            $"{request.Record}: no {DataFile} beside it nor in data/ifeval above it. Name its folder with --data.");
    }

    private static string Word(bool followed) => followed ? "followed" : "not followed";
}
