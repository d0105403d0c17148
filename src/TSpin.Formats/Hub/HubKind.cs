namespace TSpin.Hub;

/// <summary>What a repository on a hub holds.</summary>
public enum HubKind
{
    /// <summary>A model: <c>https://huggingface.co/ORG/NAME</c>.</summary>
    Model,

    /// <summary>A dataset: <c>https://huggingface.co/datasets/ORG/NAME</c>.</summary>
    Dataset,
}
