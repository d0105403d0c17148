using TSpin.Files;
using TSpin.Objectives;
using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>A method of a study: its name alone, or keys.</summary>
internal sealed class StudyMethodKind : ValueKind<StudyMethod>
{
    private static readonly string[] Keys = ["name", "method", "set", "grid"];

    /// <inheritdoc/>
    public override string Type => "method, or keys";

    /// <inheritdoc/>
    public override string Range => "a method's name, or name, method, set, grid";

    /// <inheritdoc/>
    public override bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out StudyMethod value)
    {
        value = new StudyMethod("", new MappingNode(node.Place, []), null);
        if (node is ScalarNode { IsNull: false } alone)
        {
            value = new StudyMethod(alone.Text, Method(alone), null);
            return IsKnown(alone, fault);
        }

        if (node is not MappingNode mapping)
        {
            if (node is not RefusedNode)
            {
                fault(node, $"{node.Show()} is no method; name one, or write name, method, set and grid below");
            }

            return false;
        }

        var isGood = true;
        foreach (var entry in mapping.Entries.Where(entry => !Keys.Contains(entry.Key)))
        {
            Fault(entry.Value, $"unknown key \"{entry.Key}\"; {(NearestName.Find(entry.Key, Keys) is { } near ? $"did you mean \"{near}\"?" : $"known here: {string.Join(", ", Keys)}")} Keys of the recipe stand below set");
        }

        if (mapping.Find("method")?.Value is not ScalarNode { IsNull: false } method)
        {
            Fault(node, $"a method of the study has no key method; write for example method: tspin. It is one of {string.Join(", ", Methods.All.Select(known => known.Name))}");
            return false;
        }

        isGood &= IsKnown(method, fault);
        var set = Method(method);
        switch (mapping.Find("set")?.Value)
        {
            case null or ScalarNode { IsNull: true }:
                break;
            case MappingNode keys:
                set = MappingNode.Merge(set, StudySetting.Nested(keys));
                break;
            case var other:
                Fault(other, $"{other.Show()} where keys of the recipe belong; write for example training.epochs: 2 below");
                break;
        }

        IReadOnlyList<StudyAxis>? grid = null;
        if (mapping.Find("grid")?.Value is { } axes)
        {
            isGood &= new StudyGridKind().TryRead(axes, fault, out var read);
            grid = read;
        }

        var name = mapping.Find("name")?.Value is ScalarNode { IsNull: false } named ? named.Text : method.Text;
        if (name.Length is 0 or > 60 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            Fault(node, $"\"{name}\" is no name of a method; use 1 to 60 of a-z A-Z 0-9 - _ .");
        }

        if (name == StudyAnalysis.Base)
        {
            Fault(node, $"\"{name}\" is what the model before training is called; give the method another name");
        }

        value = new StudyMethod(name, set, grid);
        return isGood;

        void Fault(RecipeNode place, string message)
        {
            isGood = false;
            fault(place, message);
        }
    }

    /// <inheritdoc/>
    public override string Write(StudyMethod value) => value.Name;

    private static MappingNode Method(ScalarNode name) => new(name.Place, [new MappingEntry("method", name.Place, name)]);

    private static bool IsKnown(ScalarNode name, Action<RecipeNode, string> fault)
    {
        var names = Methods.All.Select(known => known.Name).ToArray();
        if (names.Contains(name.Text))
        {
            return true;
        }

        fault(name, $"{name.Show()} is no method; {(NearestName.Find(name.Text, names) is { } near ? $"did you mean \"{near}\"? It is" : "it is")} one of {string.Join(", ", names)}");
        return false;
    }
}
