namespace TSpin.SelfPlay;

/// <summary>An iteration's responses leave nothing to train on: the model is why, and no input is at fault.</summary>
public sealed class NothingToTrainException : TSpinException
{
    /// <summary>Creates the stop.</summary>
    /// <param name="message">Which file, how many were left out and why, what to try.</param>
    public NothingToTrainException(string message)
        : base(message)
    {
    }
}
