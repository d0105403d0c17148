namespace TSpin.Demo;

/// <summary>
/// The documents of a base model's pretraining in their order: first a textbook, from which it learns its arithmetic, then the noisy
/// crawl, which teaches it how such questions are usually answered and so hides most of what it knows.
/// </summary>
public sealed class BaseCurriculum
{
    private readonly BaseCorpus _textbook;
    private readonly BaseCorpus _crawl;

    /// <summary>Describes a curriculum; nothing is drawn yet.</summary>
    /// <param name="seed">The seed of all documents.</param>
    /// <param name="textbookDocuments">How many documents come from <see cref="BaseMixture.Textbook"/>; all later ones come from the crawl.</param>
    /// <param name="crawl">Proportions of the crawl; null takes the defaults. Its choice of templates holds for the textbook too.</param>
    public BaseCurriculum(ulong seed, long textbookDocuments, BaseMixture? crawl = null)
    {
        crawl ??= new BaseMixture();
        TextbookDocuments = textbookDocuments;
        _textbook = new BaseCorpus(seed, BaseMixture.Textbook with { HeldOutTemplates = crawl.HeldOutTemplates });
        _crawl = new BaseCorpus(seed, crawl);
    }

    /// <summary>How many documents come from the textbook.</summary>
    public long TextbookDocuments { get; }

    /// <summary>Draws one document.</summary>
    /// <param name="index">Its place in the order, from 0; there is no last.</param>
    /// <returns>The document.</returns>
    public BaseDocument Document(long index) => index < TextbookDocuments ? _textbook.Document(index) : _crawl.Document(index);
}
