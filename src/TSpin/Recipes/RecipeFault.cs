namespace TSpin.Recipes;

/// <summary>One thing wrong with a recipe.</summary>
/// <param name="File">The recipe file, or <c>--set key=value</c> when the fault is in an override.</param>
/// <param name="Line">Line in the file, from 1; 0 for an override.</param>
/// <param name="Column">Column in the line, from 1; 0 for an override.</param>
/// <param name="Field">The field's full name, for example <c>training.learning_rate</c>; empty when it is about no single field.</param>
/// <param name="Message">What is wrong, with the value, and the cure.</param>
public sealed record RecipeFault(string File, int Line, int Column, string Field, string Message)
{
    /// <summary>One line that editors and terminals can jump from.</summary>
    /// <returns><c>file:line:column: field: message</c>, or <c>--set key=value: message</c>.</returns>
    public override string ToString()
    {
        if (Line == 0)
        {
            return $"{File}: {Message}";
        }

        return Field.Length == 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}:{Line}:{Column}: {Field}: {Message}";
    }
}
