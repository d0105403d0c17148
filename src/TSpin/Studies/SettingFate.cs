namespace TSpin.Studies;

/// <summary>Whether a setting gets a further seed.</summary>
public enum SettingFate
{
    /// <summary>It does.</summary>
    GoesOn,

    /// <summary>The first seeds were better under others.</summary>
    Dropped,

    /// <summary>The first seeds of its rivals are not there yet.</summary>
    Waits,
}
