using TSpin.Files;

namespace TSpin.Reports;

/// <summary>One line of <c>alarms.jsonl</c>: a sign of trouble the run raised by name.</summary>
/// <param name="Iteration">Iteration of self-play, if recorded.</param>
/// <param name="Step">Optimizer step, if recorded.</param>
/// <param name="Name">Short name, for example <c>saturation</c>.</param>
/// <param name="Message">What was seen and what to do about it.</param>
public sealed record RecordedAlarm(int? Iteration, int? Step, string Name, string Message)
{
    internal static List<RecordedAlarm> Read(string path, ICollection<string> notes)
    {
        var alarms = new List<RecordedAlarm>();
        TolerantJson.ForEach(path, notes, line => alarms.Add(new RecordedAlarm(
            JsonField.Integer(line, "iteration"),
            JsonField.Integer(line, "step"),
            JsonField.Text(line, "name") ?? "alarm",
            JsonField.Text(line, "message") ?? "")));
        return alarms;
    }
}
