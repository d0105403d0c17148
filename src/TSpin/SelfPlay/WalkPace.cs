using TSpin.Distribution;
using TSpin.Models;

namespace TSpin.SelfPlay;

/// <summary>Lets all processes gather parameters for a forward pass that rank 0 takes alone.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="isInference">Whether it is the model that answers, or the policy in training.</param>
internal sealed class WalkPace(RankGroup ranks, bool isInference) : IPassPace
{
    private RankTurn? _turn;

    public void Begin() => _turn = ranks.Order(new RankOrder.Walk(isInference).ToBytes());

    public void End()
    {
        _turn?.Done();
        Abort();
    }

    // A turn that is not done is the end of the group.
    public void Abort()
    {
        _turn?.Dispose();
        _turn = null;
    }
}
