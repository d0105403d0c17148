namespace TSpin.Reports;

/// <summary>The colours of the report and of the live page, as CSS variables: ground, ink, and those of lines
/// (<c>--c0</c> to <c>--c7</c>).</summary>
public static class Palette
{
    /// <summary>On a light ground.</summary>
    public const string Light =
        "--bg:#fcfcfb;--card:#fff;--ink:#1b1f24;--soft:#59636e;--rule:#d8dce1;--grid:#e8ebee;"
        + "--accent:#0072b2;--good:#00734f;--bad:#b03a00;--tint:#eef4f8;--c0:#0072b2;--c1:#d55e00;"
        + "--c2:#00966e;--c3:#b0508a;--c4:#a87900;--c5:#3f9bd8;--c6:#505050;--c7:#7d5a2f";

    /// <summary>On a dark ground.</summary>
    public const string Dark =
        "--bg:#13161a;--card:#1a1e23;--ink:#e6e9ec;--soft:#9aa5b1;--rule:#343b43;--grid:#272d34;"
        + "--accent:#62b8ee;--good:#40cf9f;--bad:#ff9c66;--tint:#1e2932;--c0:#5bb5ec;--c1:#ff8d4e;"
        + "--c2:#33c99b;--c3:#e695c5;--c4:#e3c02c;--c5:#a4d6f7;--c6:#c4c8cc;--c7:#d2b27a";
}
