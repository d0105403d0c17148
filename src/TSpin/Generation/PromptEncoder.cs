using TSpin.Data;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokens;

namespace TSpin.Generation;

/// <summary>
/// From words to token ids, the one way for generation, training, evaluation and display: prompts with BOS exactly once, responses as the
/// template writes them, and the token that ends one.
/// </summary>
public sealed class PromptEncoder
{
    private readonly PromptTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly int _vocabularySize;

    /// <summary>Joins a template with a model's tokenizer.</summary>
    /// <param name="template">Renders prompts and responses.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">The model, for its end-of-sequence ids.</param>
    /// <exception cref="TSpinException">A chat template cannot render a plain conversation.</exception>
    public PromptEncoder(PromptTemplate template, Tokenizer tokenizer, DecoderConfig config)
    {
        (_template, _tokenizer, _vocabularySize) = (template, tokenizer, config.VocabularySize);
        var modelEnd = tokenizer.EosId ?? (config.EosIds is [var eos, ..] ? eos : null);
        var turnEnd = TurnEnd();
        EndId = turnEnd ?? modelEnd;
        EndIds = turnEnd is { } end && !config.EosIds.Contains(end) ? [.. config.EosIds, end] : config.EosIds;
    }

    /// <summary>
    /// The id that ends a response in training: the special token that a chat template writes after it (which need not be EOS, as with
    /// <c>&lt;|im_end|&gt;</c>), else the tokenizer's or the model's EOS; null where there is none.
    /// </summary>
    public int? EndId { get; }

    /// <summary>The ids that end an answer in generation: the model's, and <see cref="EndId"/>.</summary>
    public IReadOnlyList<int> EndIds { get; }

    /// <summary>Renders and encodes prompts.</summary>
    /// <param name="prompts">The users' words.</param>
    /// <returns>For each the ids, not truncated, and the text.</returns>
    /// <exception cref="TSpinException">The tokenizer gave an id that the model has no embedding for.</exception>
    public IReadOnlyList<PromptTokens> Prompts(IReadOnlyList<string> prompts) => Prompts([.. prompts.Select(Single)]);

    /// <summary>Renders and encodes conversations.</summary>
    /// <param name="prompts">The conversations before the response.</param>
    /// <returns>For each the ids, not truncated, and the text.</returns>
    /// <exception cref="TSpinException">As for single prompts.</exception>
    public IReadOnlyList<PromptTokens> Prompts(IReadOnlyList<IReadOnlyList<ChatTurn>> prompts)
    {
        var texts = prompts.Select(_template.Render).ToArray();
        return [.. _tokenizer.EncodeAll(texts, _template.AddsSpecialTokens).Select((ids, i) => new PromptTokens(i, Known(ids), texts[i]))];
    }

    /// <summary>
    /// Encodes annotated responses as they follow their prompts. With a chat template the ids are those of the conversation encoded as one text, unless
    /// a token would reach across the end of the prompt (see <see cref="IsOneText"/>); a plain template's prompt and response are encoded apart.
    /// </summary>
    /// <param name="pairs">The users' words and the responses to them.</param>
    /// <returns>For each the ids, without <see cref="EndId"/>.</returns>
    /// <exception cref="TSpinException">A chat template does not write a conversation as the prompt and a continuation of it; or as <see cref="Prompts(IReadOnlyList{string})"/>.</exception>
    public IReadOnlyList<int[]> Responses(IEnumerable<(string Prompt, string Response)> pairs) => Responses(pairs.Select(pair => (Single(pair.Prompt), pair.Response)));

    /// <summary>Encodes annotated responses as they follow their conversations.</summary>
    /// <param name="pairs">The conversations and the responses to them.</param>
    /// <returns>For each the ids, without <see cref="EndId"/>.</returns>
    /// <exception cref="TSpinException">As for single prompts.</exception>
    public IReadOnlyList<int[]> Responses(IEnumerable<(IReadOnlyList<ChatTurn> Prompt, string Response)> pairs)
    {
        var all = pairs.ToArray();
        var texts = all.Select(pair => _template.RenderResponse(pair.Prompt, pair.Response)).ToArray();
        var apart = _tokenizer.EncodeAll(texts, addSpecialTokens: false);
        if (_template.AddsSpecialTokens)
        {
            return [.. apart.Select(Known)];
        }

        var prompts = Prompts([.. all.Select(pair => pair.Prompt)]);
        var joined = _tokenizer.EncodeAll([.. prompts.Select((prompt, i) => prompt.Text + texts[i])], addSpecialTokens: false);
        return [.. joined.Select((ids, i) => Known(ids.AsSpan().StartsWith(prompts[i].Ids) ? ids[prompts[i].Ids.Length..] : apart[i]))];
    }

    /// <summary>Whether prompt and response have the ids of the two as one text; else a token of that text reaches across the end of the prompt.</summary>
    /// <param name="prompt">The conversation before the response.</param>
    /// <param name="response">The assistant's words.</param>
    /// <returns>False where training and generation part a word otherwise than the tokenizer would.</returns>
    public bool IsOneText(IReadOnlyList<ChatTurn> prompt, string response)
    {
        var rendered = Prompts([prompt])[0];
        var joined = _tokenizer.Encode(rendered.Text + _template.RenderResponse(prompt, response), _template.AddsSpecialTokens);
        return joined.AsSpan().SequenceEqual([.. rendered.Ids, .. Responses([(prompt, response)])[0]]);
    }

    // A tokenizer may know fewer tokens than the model has rows for, and even more, as long as none of those occurs.
    private int[] Known(int[] ids)
    {
        var at = Array.FindIndex(ids, id => id >= _vocabularySize);
        return at < 0 ? ids : throw new TSpinException(
            $"the tokenizer makes token {ids[at]} ('{_tokenizer.Piece(ids[at])}'), but the model's vocab_size is {_vocabularySize}: tokenizer and weights are of different models, "
            + "or tokens were added without resizing the embedding. Put the model's own tokenizer beside its weights.");
    }

    private static IReadOnlyList<ChatTurn> Single(string prompt) => [new ChatTurn("user", prompt)];

    // White space before the token (as "Answer </s>" would have) belongs to it only where the tokenizer says so.
    private int? TurnEnd() => _template.EndOfTurn is { } text && _tokenizer.Encode(text, addSpecialTokens: false) is [var first, ..]
        && _tokenizer.Decode([first], skipSpecialTokens: true).Length == 0 ? first : null;
}
