namespace TSpin.Recipes.Binding;

/// <summary>Collects faults while a recipe is read, and remembers where each field stands so that later checks can point at it.</summary>
/// <param name="kind">What kind of file is read, for messages.</param>
/// <param name="page">The page of docs/ that describes it.</param>
public sealed class FaultList(string kind = FaultList.RecipeKind, string page = "docs/recipes.md")
{
    /// <summary>What most files are.</summary>
    public const string RecipeKind = "recipe";

    private readonly List<RecipeFault> _faults = [];
    private readonly Dictionary<string, RecipePlace> _places = new(StringComparer.Ordinal);
    private RecipePlace _root = new(kind, 1, 1, Environment.CurrentDirectory);

    /// <summary>What kind of file is read.</summary>
    public string Kind => kind;

    /// <summary>The page of docs/ that describes it.</summary>
    public string Page => page;

    /// <summary>
    /// Whether a part of the recipe could not be read at all; keys that seem to be missing are then not reported, because that would
    /// bury the real fault.
    /// </summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>States where fields that were not written are reported.</summary>
    /// <param name="root">The start of the recipe.</param>
    public void SetRoot(RecipePlace root) => _root = root;

    /// <summary>Remembers where a field was written.</summary>
    /// <param name="field">Its full name.</param>
    /// <param name="place">Where.</param>
    public void Locate(string field, RecipePlace place) => _places[field] = place;

    /// <summary>Reports a fault.</summary>
    /// <param name="place">Where.</param>
    /// <param name="field">The field's full name, or empty.</param>
    /// <param name="message">What is wrong, with the value, and the cure.</param>
    public void Add(RecipePlace place, string field, string message) =>
        _faults.Add(new RecipeFault(place.Source, place.Line, place.Column, field, message));

    /// <summary>Reports a fault that left a part of the recipe unread.</summary>
    /// <param name="place">Where.</param>
    /// <param name="field">The field's full name, or empty.</param>
    /// <param name="message">What is wrong, with the value, and the cure.</param>
    public void AddUnread(RecipePlace place, string field, string message)
    {
        Add(place, field, message);
        IsIncomplete = true;
    }

    /// <summary>
    /// Reports that fields do not fit together, at the first of them; says nothing when one of them is already faulty, because its
    /// value is then only the default.
    /// </summary>
    /// <param name="fits">The condition that must hold.</param>
    /// <param name="fields">Full names of the fields it is about, the one to change first.</param>
    /// <param name="message">What is wrong, with the values, and the cure.</param>
    public void Require(bool fits, IReadOnlyList<string> fields, string message)
    {
        if (!fits && !_faults.Any(fault => fields.Contains(fault.Field)))
        {
            var written = fields.FirstOrDefault(_places.ContainsKey);
            Add(written is null ? _root : _places[written], fields[0], message);
        }
    }

    /// <summary>Throws if anything was reported.</summary>
    /// <exception cref="RecipeException">There are faults.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            throw new RecipeException([.. _faults
                .OrderBy(fault => fault.Line == 0)
                .ThenBy(fault => fault.File, StringComparer.Ordinal)
                .ThenBy(fault => fault.Line)
                .ThenBy(fault => fault.Column)], kind);
        }
    }
}
