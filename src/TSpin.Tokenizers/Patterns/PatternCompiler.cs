using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>Flattens a pattern's tree to instructions for the matcher.</summary>
internal sealed class PatternCompiler
{
    private const int MaximumInstructions = 50_000;
    private const int MaximumLookBehind = 1000;

    private readonly string _pattern;
    private readonly List<Instruction> _program = [];
    private int _registers;

    private PatternCompiler(string pattern) => _pattern = pattern;

    /// <summary>Compiles a pattern.</summary>
    /// <returns>The instructions, the number of registers, and the set every match begins with (null: not known, or it may be empty).</returns>
    public static (Instruction[] Program, int Registers, CodePointSet? First) Compile(string pattern)
    {
        var compiler = new PatternCompiler(pattern);
        var tree = PatternParser.Parse(pattern);
        compiler.Add(tree);
        compiler.Emit(new Instruction(PatternOperation.Accept));
        return ([.. compiler._program], compiler._registers, FirstOf(tree));
    }

    private int Emit(Instruction instruction)
    {
        if (_program.Count >= MaximumInstructions)
        {
            throw new PatternSyntaxException(_pattern, 0, "repetitions that multiply to too large a program, starting");
        }

        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void PointToHere(int instruction) => _program[instruction] = _program[instruction] with { A = _program.Count };

    private void Add(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Emit(new Instruction(PatternOperation.One, Set: one.Set));
                break;
            case PatternNode.Concatenation concatenation:
                foreach (var part in concatenation.Parts)
                {
                    Add(part);
                }

                break;
            case PatternNode.Alternation alternation:
                AddAlternation(alternation);
                break;
            case PatternNode.Repetition repetition:
                AddRepetition(repetition);
                break;
            case PatternNode.Look look:
                AddLook(look);
                break;
            case PatternNode.Atomic atomic:
                AddSubProgram(PatternOperation.Atomic, 0, atomic.Part);
                break;
            case PatternNode.Anchor anchor:
                Emit(new Instruction(anchor.Operation));
                break;
            default:
                throw new InvalidOperationException(node.GetType().Name);
        }
    }

    private void AddAlternation(PatternNode.Alternation alternation)
    {
        var ends = new List<int>();
        for (var i = 0; i < alternation.Branches.Count - 1; i++)
        {
            var fork = Emit(new Instruction(PatternOperation.Fork, Set: FirstOf(alternation.Branches[i])));
            Add(alternation.Branches[i]);
            ends.Add(Emit(new Instruction(PatternOperation.Jump)));
            PointToHere(fork);
        }

        Add(alternation.Branches[^1]);
        ends.ForEach(PointToHere);
    }

    private void AddRepetition(PatternNode.Repetition repetition)
    {
        var part = repetition.Part is PatternNode.Concatenation { Parts: [PatternNode.One only] } ? only : repetition.Part;
        if (part is PatternNode.One one)
        {
            var operation = repetition.Kind switch
            {
                RepetitionKind.Greedy => PatternOperation.Greedy,
                RepetitionKind.Lazy => PatternOperation.Lazy,
                _ => PatternOperation.Possessive,
            };
            Emit(new Instruction(operation, repetition.Minimum, repetition.Maximum, one.Set));
            return;
        }

        if (repetition.Kind == RepetitionKind.Possessive)
        {
            AddSubProgram(PatternOperation.Atomic, 0, repetition with { Kind = RepetitionKind.Greedy });
            return;
        }

        for (var i = 0; i < repetition.Minimum; i++)
        {
            Add(part);
        }

        var lazy = repetition.Kind == RepetitionKind.Lazy;
        if (repetition.Maximum == int.MaxValue)
        {
            var register = _registers++;
            var start = _program.Count;
            var leave = AddChoiceToLeave(lazy);
            Emit(new Instruction(PatternOperation.Mark, register));
            Add(part);
            var empty = Emit(new Instruction(PatternOperation.LeaveWhenEmpty, register));
            Emit(new Instruction(PatternOperation.Jump, start));
            PointToHere(leave);
            _program[empty] = _program[empty] with { B = _program.Count };
            return;
        }

        var leaves = new List<int>();
        for (var i = repetition.Minimum; i < repetition.Maximum; i++)
        {
            leaves.Add(AddChoiceToLeave(lazy));
            Add(part);
        }

        leaves.ForEach(PointToHere);
    }

    /// <summary>A choice between going on and leaving; the returned instruction's A is to point to where one leaves to.</summary>
    private int AddChoiceToLeave(bool lazy)
    {
        if (!lazy)
        {
            return Emit(new Instruction(PatternOperation.Fork));
        }

        Emit(new Instruction(PatternOperation.Fork, _program.Count + 2));
        return Emit(new Instruction(PatternOperation.Jump));
    }

    private void AddLook(PatternNode.Look look)
    {
        if (!look.Behind)
        {
            AddSubProgram(look.Negated ? PatternOperation.NotAhead : PatternOperation.Ahead, 0, look.Part);
            return;
        }

        var (minimum, maximum) = LengthOf(look.Part);
        if (maximum > MaximumLookBehind)
        {
            throw new PatternSyntaxException(_pattern, 0, "a look-behind without a fixed length, starting");
        }

        AddSubProgram(look.Negated ? PatternOperation.NotBehind : PatternOperation.Behind, (int)((minimum << 16) | maximum), look.Part);
    }

    private void AddSubProgram(PatternOperation operation, int b, PatternNode part)
    {
        var head = Emit(new Instruction(operation, 0, b));
        Add(part);
        Emit(new Instruction(PatternOperation.Accept));
        PointToHere(head);
    }

    /// <summary>Least and greatest length in code points.</summary>
    private static (long Minimum, long Maximum) LengthOf(PatternNode node)
    {
        const long Unlimited = int.MaxValue;
        switch (node)
        {
            case PatternNode.One:
                return (1, 1);
            case PatternNode.Concatenation concatenation:
                var lengths = concatenation.Parts.Select(LengthOf).ToList();
                return (Math.Min(lengths.Sum(l => l.Minimum), Unlimited), Math.Min(lengths.Sum(l => l.Maximum), Unlimited));
            case PatternNode.Alternation alternation:
                return (alternation.Branches.Min(b => LengthOf(b).Minimum), alternation.Branches.Max(b => LengthOf(b).Maximum));
            case PatternNode.Repetition repetition:
                var (minimum, maximum) = LengthOf(repetition.Part);
                return (Math.Min(minimum * repetition.Minimum, Unlimited), Math.Min(maximum * repetition.Maximum, Unlimited));
            case PatternNode.Atomic atomic:
                return LengthOf(atomic.Part);
            default:
                return (0, 0);
        }
    }

    /// <summary>The code points a match of the node begins with; null when it may match without taking any.</summary>
    private static CodePointSet? FirstOf(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                return one.Set;
            case PatternNode.Repetition repetition:
                return repetition.Minimum == 0 ? null : FirstOf(repetition.Part);
            case PatternNode.Atomic atomic:
                return FirstOf(atomic.Part);
            case PatternNode.Alternation alternation:
                CodePointSet? union = null;
                foreach (var branch in alternation.Branches)
                {
                    if (FirstOf(branch) is not { } first)
                    {
                        return null;
                    }

                    union = union is null ? first : union.Or(first);
                }

                return union;
            case PatternNode.Concatenation concatenation:
                return FirstOfSequence(concatenation.Parts);
            default:
                return null;
        }
    }

    private static CodePointSet? FirstOfSequence(IReadOnlyList<PatternNode> parts)
    {
        CodePointSet? sofar = null;
        foreach (var part in parts)
        {
            if (FirstOf(part) is { } first)
            {
                return sofar is null ? first : sofar.Or(first);
            }

            switch (part)
            {
                case PatternNode.Look or PatternNode.Anchor:
                    continue;
                case PatternNode.Repetition { Minimum: 0 } optional when FirstOf(optional.Part) is { } skippable:
                    sofar = sofar is null ? skippable : sofar.Or(skippable);
                    continue;
                default:
                    return null;
            }
        }

        return null;
    }
}
