namespace TSpin.Torch;

/// <summary>How generation takes decode steps where <see cref="CudaGraph"/> could.</summary>
public enum GraphUse
{
    /// <summary>Kernel by kernel, always.</summary>
    Off,

    /// <summary>As graphs where there are some, recorded for rows and lengths that have been met a few times; kernel by kernel from the first recording that fails.</summary>
    On,

    /// <summary>As graphs from the first step on, and a recording that fails is an error: for checks. Without graphs as <see cref="Off"/>.</summary>
    AtOnce,

    /// <summary>On any device, kernel by kernel, the operations that a graph would record: for checks.</summary>
    Unrecorded,
}
