using TSpin.ChatTemplates;
using TSpin.Models;
using TSpin.Tokenizers;

namespace TSpin.Prompts;

/// <summary>
/// From words to token ids, the one way for generation, training, evaluation and display: prompts with BOS exactly once, responses as the
/// template writes them, and the tokens that end one.
/// </summary>
public sealed class PromptEncoder
{
    private readonly PromptTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly int _vocabularySize;
    private readonly HashSet<int> _ends;

    /// <summary>Joins a template with a model's tokenizer.</summary>
    /// <param name="template">Renders prompts and responses.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">The model, for its end-of-sequence ids.</param>
    /// <exception cref="TSpinException">As for <see cref="EndTokens.Of"/>.</exception>
    public PromptEncoder(PromptTemplate template, Tokenizer tokenizer, DecoderConfig config)
    {
        (_template, _tokenizer, _vocabularySize) = (template, tokenizer, config.VocabularySize);
        Ends = EndTokens.Of(config, tokenizer, template);
        _ends = [.. Ends.Ids];
    }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer => _tokenizer;

    /// <summary>What ends a response.</summary>
    public EndTokens Ends { get; }

    /// <summary>The id that ends a response in training, see <see cref="EndTokens.Trained"/>; null where there is none.</summary>
    public int? EndId => Ends.Trained;

    /// <summary>The ids that end an answer in generation.</summary>
    public IReadOnlyList<int> EndIds => Ends.Ids;

    /// <summary>The id that a prompt begins with and keeps when it is cut: BOS, where the model has one.</summary>
    public int? BeginId => _tokenizer.BosId ?? (_tokenizer.Before is [var first, ..] ? first : null);

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
        int[] behind = _template.AddsSpecialTokens ? [.. _tokenizer.After.Where(id => !_ends.Contains(id))] : [];
        return [.. Begun(texts).Select((ids, i) => new PromptTokens(i, Known([.. ids, .. behind]), texts[i]))];
    }

    /// <summary>
    /// Encodes annotated responses as they follow their prompts. With a chat template the ids are those of the conversation encoded as one text, unless
    /// a token would reach across the end of the prompt (see <see cref="IsOneText"/>); a plain template's prompt and response are encoded apart.
    /// </summary>
    /// <param name="pairs">The users' words and the responses to them.</param>
    /// <param name="keepEnds">An end that a response writes out stays; else it is taken off, since <see cref="EndId"/> follows.</param>
    /// <returns>For each the ids, without <see cref="EndId"/>.</returns>
    /// <exception cref="TSpinException">A chat template does not write a conversation as the prompt and a continuation of it; or as <see cref="Prompts(IReadOnlyList{string})"/>.</exception>
    public IReadOnlyList<int[]> Responses(IEnumerable<(string Prompt, string Response)> pairs, bool keepEnds = false) =>
        Responses(pairs.Select(pair => (Single(pair.Prompt), pair.Response)), keepEnds);

    /// <summary>Encodes annotated responses as they follow their conversations.</summary>
    /// <param name="pairs">The conversations and the responses to them.</param>
    /// <param name="keepEnds">As for single prompts.</param>
    /// <returns>For each the ids, without <see cref="EndId"/>.</returns>
    /// <exception cref="TSpinException">As for single prompts.</exception>
    public IReadOnlyList<int[]> Responses(IEnumerable<(IReadOnlyList<ChatTurn> Prompt, string Response)> pairs, bool keepEnds = false)
    {
        var all = pairs.ToArray();
        var texts = all.Select(pair => _template.RenderResponse(pair.Prompt, pair.Response)).ToArray();
        var apart = _tokenizer.EncodeAll(texts, addSpecialTokens: false);
        if (_template.AddsSpecialTokens)
        {
            return [.. apart.Select(Ended)];
        }

        var prompts = Prompts([.. all.Select(pair => pair.Prompt)]);
        var joined = Begun([.. prompts.Select((prompt, i) => prompt.Text + texts[i])]);
        return [.. joined.Select((ids, i) => Ended(ids.AsSpan().StartsWith(prompts[i].Ids) ? ids[prompts[i].Ids.Length..] : apart[i]))];

        int[] Ended(int[] ids) => Known(keepEnds ? ids : Unended(ids));
    }

    /// <summary>Whether prompt and response have the ids of the two as one text; else a token of that text reaches across the end of the prompt.</summary>
    /// <param name="prompt">The conversation before the response.</param>
    /// <param name="response">The assistant's words.</param>
    /// <returns>False where training and generation part a word otherwise than the tokenizer would.</returns>
    public bool IsOneText(IReadOnlyList<ChatTurn> prompt, string response)
    {
        var rendered = Prompts([prompt])[0];
        var joined = Unended(Begun([rendered.Text + _template.RenderResponse(prompt, response)])[0]);
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

    // BOS once: the tokenizer's, or the one that template or data write out, however often.
    private IReadOnlyList<int[]> Begun(IReadOnlyList<string> texts)
    {
        int[] before = _template.AddsSpecialTokens ? [.. _tokenizer.Before] : [];
        return [.. _tokenizer.EncodeAll(texts, addSpecialTokens: false).Select(Begin)];

        int[] Begin(int[] ids)
        {
            var written = BeginId is { } begin ? ids.TakeWhile(id => id == begin).Count() : 0;
            var adds = before.Length > 0 && !ids.AsSpan().StartsWith(before);
            int[] one = written > 0 && !(adds && before.Contains(ids[0])) ? [ids[0]] : [];
            return written == 0 && !adds ? ids : [.. adds ? before : [], .. one, .. ids[written..]];
        }
    }

    // A response that writes its end out itself, with or without white space behind it: training puts one there.
    private int[] Unended(int[] ids)
    {
        var end = ids.Length;
        for (var at = ids.Length - 1; at >= 0; at--)
        {
            if (_ends.Contains(ids[at]))
            {
                end = at;
            }
            else if (_tokenizer.IsSpecial(ids[at]) || !string.IsNullOrWhiteSpace(_tokenizer.Decode([ids[at]], skipSpecialTokens: false)))
            {
                break;
            }
        }

        return end == ids.Length ? ids : ids[..end];
    }
}
