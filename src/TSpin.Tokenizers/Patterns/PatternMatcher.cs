using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>Runs a compiled pattern by backtracking over an explicit stack: no recursion in the text's length, and a bound on the work.</summary>
internal sealed class PatternMatcher
{
    private const long LeastWork = 20_000_000;
    private const long WorkPerUnit = 500;

    private readonly string _source;
    private readonly Instruction[] _program;
    private readonly int _registers;
    private readonly CodePointSet? _first;

    [ThreadStatic]
    private static Choice[]? t_choices;

    public PatternMatcher(string pattern)
    {
        _source = pattern;
        (_program, _registers, _first) = PatternCompiler.Compile(pattern);
    }

    public void FindAll(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        var run = new Run(this, text);
        var position = 0;
        var lastEnd = -1;
        while (position <= text.Length)
        {
            if (_first is not null)
            {
                while (position < text.Length && !_first.Contains(CodePoints.At(text, position, out var skipped)))
                {
                    position += skipped;
                }

                if (position == text.Length)
                {
                    break;
                }
            }

            var end = run.Execute(0, position, 0);
            var isEmptyAgain = end == position && end == lastEnd;
            if (end < 0 || isEmptyAgain)
            {
                if (position == text.Length)
                {
                    break;
                }

                CodePoints.At(text, position, out var units);
                position += units;
                run.SearchStart = isEmptyAgain ? position : run.SearchStart;
                continue;
            }

            matches.Add((position, end));
            run.SearchStart = position = end;
            lastEnd = end;
        }

        t_choices = run.Choices;
    }

    /// <summary>A place to come back to. Instruction -1 - r: register r gets its old value (Position) back. Stop above Position: a greedy loop that may give back down to it; Left: rounds a lazy loop may still take.</summary>
    private struct Choice
    {
        public int Instruction;
        public int Position;
        public int Stop;
        public int Left;
    }

    private ref struct Run
    {
        private readonly PatternMatcher _matcher;
        private readonly Instruction[] _program;
        private readonly ReadOnlySpan<char> _text;
        private readonly int[] _register;
        private long _work;

        public Run(PatternMatcher matcher, ReadOnlySpan<char> text)
        {
            _matcher = matcher;
            _program = matcher._program;
            _text = text;
            _register = matcher._registers == 0 ? [] : new int[matcher._registers];
            _work = Math.Max(LeastWork, WorkPerUnit * text.Length);
            Choices = t_choices ?? new Choice[64];
            t_choices = null;
        }

        public Choice[] Choices { get; private set; }

        public int SearchStart { get; set; }

        /// <summary>Runs from an instruction and a position; choices below <paramref name="floor"/> belong to an outer run.</summary>
        /// <returns>The end of the match, or -1.</returns>
        public int Execute(int instruction, int position, int floor, int requiredEnd = -1)
        {
            var top = floor;
            var text = _text;
            while (true)
            {
                ref readonly var step = ref _program[instruction];
                bool holds;
                switch (step.Operation)
                {
                    case PatternOperation.One:
                        holds = position < text.Length && step.Set!.Contains(CodePoints.At(text, position, out var taken)) && Advance(ref position, taken);
                        break;
                    case PatternOperation.Greedy:
                    case PatternOperation.Possessive:
                        holds = TakeLoop(in step, instruction, ref position, ref top);
                        break;
                    case PatternOperation.Lazy:
                        holds = TakeExactly(step.Set!, step.A, ref position);
                        if (holds && step.B > step.A)
                        {
                            Push(ref top, new Choice { Instruction = instruction, Position = position, Stop = -1, Left = step.B == int.MaxValue ? int.MaxValue : step.B - step.A });
                        }

                        break;
                    case PatternOperation.Fork:
                        if (step.Set is { } guard && (position >= text.Length || !guard.Contains(CodePoints.At(text, position, out _))))
                        {
                            instruction = step.A;
                            continue;
                        }

                        Push(ref top, new Choice { Instruction = step.A, Position = position, Stop = -1 });
                        holds = true;
                        break;
                    case PatternOperation.Jump:
                        instruction = step.A;
                        continue;
                    case PatternOperation.Mark:
                        Push(ref top, new Choice { Instruction = -1 - step.A, Position = _register[step.A] });
                        _register[step.A] = position;
                        holds = true;
                        break;
                    case PatternOperation.LeaveWhenEmpty:
                        if (_register[step.A] == position)
                        {
                            instruction = step.B;
                            continue;
                        }

                        holds = true;
                        break;
                    case PatternOperation.Ahead:
                    case PatternOperation.NotAhead:
                        holds = (Execute(instruction + 1, position, top) >= 0) == (step.Operation == PatternOperation.Ahead);
                        if (holds)
                        {
                            instruction = step.A;
                            continue;
                        }

                        break;
                    case PatternOperation.Behind:
                    case PatternOperation.NotBehind:
                        holds = MatchesBehind(in step, instruction, position, top) == (step.Operation == PatternOperation.Behind);
                        if (holds)
                        {
                            instruction = step.A;
                            continue;
                        }

                        break;
                    case PatternOperation.Atomic:
                        var atomicEnd = Execute(instruction + 1, position, top);
                        holds = atomicEnd >= 0;
                        if (holds)
                        {
                            position = atomicEnd;
                            instruction = step.A;
                            continue;
                        }

                        break;
                    case PatternOperation.Accept:
                        if (requiredEnd < 0 || position == requiredEnd)
                        {
                            return position;
                        }

                        holds = false;
                        break;
                    default:
                        holds = AnchorHolds(step.Operation, position);
                        break;
                }

                if (holds)
                {
                    instruction++;
                }
                else if (!ComeBack(ref instruction, ref position, ref top, floor))
                {
                    return -1;
                }
            }
        }

        private static bool Advance(ref int position, int units)
        {
            position += units;
            return true;
        }

        private readonly bool TakeExactly(CodePointSet set, int count, ref int position)
        {
            for (var i = 0; i < count; i++)
            {
                if (position >= _text.Length || !set.Contains(CodePoints.At(_text, position, out var units)))
                {
                    return false;
                }

                position += units;
            }

            return true;
        }

        private bool TakeLoop(in Instruction step, int instruction, ref int position, ref int top)
        {
            var set = step.Set!;
            if (!TakeExactly(set, step.A, ref position))
            {
                return false;
            }

            var least = position;
            if (step.B == int.MaxValue)
            {
                position = set.EndOfRun(_text, position);
            }

            for (var left = step.B == int.MaxValue ? 0 : step.B - step.A; left > 0 && position < _text.Length; left--)
            {
                if (!set.Contains(CodePoints.At(_text, position, out var units)))
                {
                    break;
                }

                position += units;
            }

            _work -= position - least;
            if (position > least && step.Operation == PatternOperation.Greedy)
            {
                Push(ref top, new Choice { Instruction = instruction + 1, Position = least, Stop = position });
            }

            return true;
        }

        private bool MatchesBehind(in Instruction step, int instruction, int position, int top)
        {
            var minimum = step.B >> 16;
            var maximum = step.B & 0xFFFF;
            var start = position;
            for (var length = 0; length <= maximum; length++)
            {
                if (length >= minimum && Execute(instruction + 1, start, top, requiredEnd: position) >= 0)
                {
                    return true;
                }

                if (start == 0)
                {
                    return false;
                }

                CodePoints.Before(_text, start, out var units);
                start -= units;
            }

            return false;
        }

        private readonly bool AnchorHolds(PatternOperation anchor, int position) => anchor switch
        {
            PatternOperation.TextStart => position == 0,
            PatternOperation.SearchStart => position == SearchStart,
            PatternOperation.TextEnd => position == _text.Length,
            PatternOperation.TextEndOrLastLine => position == _text.Length || (position == _text.Length - 1 && _text[position] == '\n'),
            PatternOperation.LineStart => position == 0 || (_text[position - 1] == '\n' && position < _text.Length),
            PatternOperation.LineEnd => position == _text.Length || _text[position] == '\n',
            PatternOperation.WordBoundary => IsWordBoundary(position),
            PatternOperation.NotWordBoundary => !IsWordBoundary(position),
            _ => throw new InvalidOperationException(anchor.ToString()),
        };

        private readonly bool IsWordBoundary(int position)
        {
            var before = position > 0 && CodePoints.OnigurumaWord.Contains(CodePoints.Before(_text, position, out _));
            var after = position < _text.Length && CodePoints.OnigurumaWord.Contains(CodePoints.At(_text, position, out _));
            return before != after;
        }

        private void Push(ref int top, Choice choice)
        {
            if (top == Choices.Length)
            {
                var larger = new Choice[Choices.Length * 2];
                Choices.AsSpan().CopyTo(larger);
                Choices = larger;
            }

            Choices[top++] = choice;
        }

        private bool ComeBack(ref int instruction, ref int position, ref int top, int floor)
        {
            if (--_work < 0)
            {
                throw new TSpinException($"the regular expression \"{_matcher._source}\" backtracks too much on a text of {_text.Length} characters; split the text into smaller pieces, or simplify the expression in tokenizer.json.");
            }

            while (top > floor)
            {
                ref var choice = ref Choices[top - 1];
                if (choice.Instruction < 0)
                {
                    _register[-1 - choice.Instruction] = choice.Position;
                    top--;
                }
                else if (choice.Stop >= 0)
                {
                    // A greedy loop gives its last code point back.
                    CodePoints.Before(_text, choice.Stop, out var units);
                    choice.Stop -= units;
                    (instruction, position) = (choice.Instruction, choice.Stop);
                    if (choice.Stop <= choice.Position)
                    {
                        top--;
                    }

                    return true;
                }
                else if (choice.Left > 0)
                {
                    // A lazy loop takes one more.
                    position = choice.Position;
                    if (!TakeExactly(_program[choice.Instruction].Set!, 1, ref position))
                    {
                        top--;
                        continue;
                    }

                    instruction = choice.Instruction + 1;
                    choice.Position = position;
                    if (choice.Left != int.MaxValue && --choice.Left == 0)
                    {
                        top--;
                    }

                    return true;
                }
                else
                {
                    (instruction, position) = (choice.Instruction, choice.Position);
                    top--;
                    return true;
                }
            }

            return false;
        }
    }
}
