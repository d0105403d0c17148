using TSpin.Models;
using TSpin.Tokenizers;

namespace TSpin.Generation;

/// <summary>The state of the model that an engine is to answer with.</summary>
/// <param name="Decoder">Its weights in memory, in the type of the arithmetic. The caller's; it changes after the answers are made.</param>
/// <param name="Folder">The same weights on disk, as a Hugging Face folder, or PEFT's adapter folder over <paramref name="Base"/>.</param>
/// <param name="Base">The folder of the model that the run began with.</param>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Iteration">The round of self-play whose policy it is: 0 is the initial one.</param>
public sealed record GeneratorPolicy(Decoder Decoder, string Folder, string Base, Tokenizer Tokenizer, int Iteration);
