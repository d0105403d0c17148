using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>One step of a compiled pattern; what A, B and the set mean is with <see cref="PatternOperation"/>.</summary>
internal readonly record struct Instruction(PatternOperation Operation, int A = 0, int B = 0, CodePointSet? Set = null);
