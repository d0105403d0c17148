namespace TSpin.Models;

/// <summary>Around every forward pass of a model that is divided over processes: what makes them all take it, where they would not by themselves.</summary>
internal interface IPassPace
{
    /// <summary>Before the first parameters are gathered.</summary>
    void Begin();

    /// <summary>After the last.</summary>
    void End();

    /// <summary>In the place of <see cref="End"/> where the pass failed on the way: the others wait for gathers that will not come.</summary>
    void Abort();
}
