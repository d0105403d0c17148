namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// An instruction of which the official checker may draw a part by chance, because the data leaves it open.
/// </summary>
internal interface IDrawnInstruction : IInstruction
{
    /// <summary>Whether the official checker's verdict on a response could be either.</summary>
    bool DependsOnDraw(string response);
}
