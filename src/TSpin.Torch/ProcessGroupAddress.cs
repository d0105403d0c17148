namespace TSpin.Torch;

/// <summary>Where the processes of a group meet, and how their connections leave this machine.</summary>
/// <param name="StoreHost">Name or address of the machine with the store.</param>
/// <param name="StorePort">The store's TCP port.</param>
/// <param name="ServesStore">Whether this process starts the store.</param>
/// <param name="Prefix">Stands before every key in the store: groups with different ones do not see each other.</param>
/// <param name="Interface">The network interface to others; empty where <paramref name="Address"/> says it.</param>
/// <param name="Address">The address of this machine to others; not read where there is an interface.</param>
public sealed record ProcessGroupAddress(string StoreHost, int StorePort, bool ServesStore, string Prefix, string Interface, string Address);
