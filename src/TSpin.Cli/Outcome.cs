using System.Text;
using TSpin.Torch;

namespace TSpin.Cli;

/// <summary>How a verb ends: every exception becomes an exit code of docs/command-line.md and a sentence.</summary>
internal static class Outcome
{
    // Verbs whose work lies in files: what they print is not what they were asked for.
    private static readonly string[] Workers = ["demo", "tune", "run", "sft", "train", "pretrain", "generate", "merge"];

    /// <summary>Runs a verb.</summary>
    /// <param name="arguments">Of this process.</param>
    /// <param name="verb">Runs it and returns its exit code.</param>
    /// <param name="errors">Where sentences go.</param>
    /// <param name="output">Standard output; null where nobody asks whether it could be written.</param>
    /// <returns>The exit code.</returns>
    public static int Of(IReadOnlyList<string> arguments, Func<int> verb, TextWriter errors, ConsoleStream? output = null)
    {
        try
        {
            var code = verb();
            if (output?.Fault is not { } fault)
            {
                return code;
            }

            var isWorker = Workers.Contains(Name(arguments));
            errors.WriteLine($"standard output: could not be written: {fault} {(isWorker ? "The work itself is done and saved." : "Direct it to a file on a disk with space, and run the same command again.")}");
            return isWorker ? code : ExitCodes.BadInput;
        }
        catch (OperationCanceledException)
        {
            errors.WriteLine(Interruption.Farewell(arguments));
            return ExitCodes.Interrupted;
        }
        catch (TSpinException error)
        {
            errors.WriteLine(error.Message);
            return error.ExitCode;
        }
        catch (TorchLibraryException error)
        {
            errors.WriteLine(error.Message);
            return ExitCodes.MissingOnThisMachine;
        }
        catch (TorchOutOfMemoryException error)
        {
            errors.WriteLine($"Out of memory: {error.Message}\n{MemoryCure(arguments)}");
            return ExitCodes.MissingOnThisMachine;
        }
        catch (OutOfMemoryException error)
        {
            errors.WriteLine($"Out of memory: {error.Message}\n{MemoryCure(arguments)}");
            return ExitCodes.MissingOnThisMachine;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The message names the path.
            errors.WriteLine($"{error.Message} Check that the path is right and that you may read and write it, and the disk's free space; then run the same command again.");
            return ExitCodes.BadInput;
        }
        catch (Exception error)
        {
            errors.WriteLine(Unforeseen(error));
            return ExitCodes.Unforeseen;
        }
    }

    /// <summary>What to do about memory: of a run only what the same run accepts when it is continued.</summary>
    /// <param name="arguments">Of this process.</param>
    /// <returns>A sentence.</returns>
    public static string MemoryCure(IReadOnlyList<string> arguments) => Name(arguments) switch
    {
        "run" or "sft" or "train" =>
            "Lower training.tokens_per_pass where it stopped in training (or --set training.recompute=true), generation.batch_size or evaluation.batch_size where it answered: "
            + "with --set the same run goes on from where it stopped.",
        "generate" or "eval" or "score" => "Lower --batch-size; generate goes on with the file it began.",
        "tune" => "Take a smaller model, shorter examples, or a machine with more memory; the same command goes on.",
        "pretrain" => "Lower training.micro_batch_size, with another output folder.",
        _ => "Use a smaller model, or a machine with more memory.",
    };

    private static string Unforeseen(Exception error)
    {
        var text = new StringBuilder();
        text.Append("This is a fault of tspin that it did not foresee: ").Append(error.GetType().Name).Append(": ").AppendLine(error.Message);
        text.AppendLine("What was finished is saved. Check the files that the command names; if they are right, report the lines below with the command that you ran.");
        return text.Append(error.StackTrace).ToString();
    }

    private static string Name(IReadOnlyList<string> arguments) => arguments.Count > 0 ? arguments[0] : "";
}
