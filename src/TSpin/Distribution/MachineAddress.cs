using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using TSpin.Torch;

namespace TSpin.Distribution;

/// <summary>
/// The address of this machine that other processes can reach. Gloo would ask what the machine's own name stands for, which is often 127.0.0.1, and machines would then wait for each other in vain.
/// </summary>
internal static class MachineAddress
{
    private const string InterfaceVariable = "GLOO_SOCKET_IFNAME";

    /// <summary>Where the processes of a launcher meet and how this one reaches the others.</summary>
    /// <param name="rank">This process.</param>
    /// <returns>For <see cref="ProcessGroup.Join"/>.</returns>
    /// <exception cref="TSpinException">The meeting place has no address.</exception>
    public static ProcessGroupAddress Of(LaunchedRank rank)
    {
        var chosen = (Environment.GetEnvironmentVariable(InterfaceVariable) ?? "").Split(',')[0].Trim();
        return new ProcessGroupAddress(
            rank.StoreHost, rank.StorePort, ServesStore: rank.Rank == 0 && !rank.StoreIsServed, rank.Prefix, chosen, chosen.Length > 0 ? "" : Towards(rank));
    }

    // No packet is sent: the system only says which of its addresses it would send from.
    private static string Towards(LaunchedRank rank)
    {
        try
        {
            var target = Dns.GetHostAddresses(rank.StoreHost).OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First();
            using var probe = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(target, rank.StorePort);
            var own = ((IPEndPoint)probe.LocalEndPoint!).Address;
            // The meeting place may be this machine, under its own name or as localhost; processes on others must be told a real address.
            return IPAddress.IsLoopback(own) && rank.LocalCount != rank.Count && FirstReal() is { } real ? real : own.ToString();
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
            throw new TSpinException(
                $"{rank.StoreHost}, where the {rank.Count} processes of this run meet (MASTER_ADDR), cannot be reached: {error.Message}. Check the name and the network; {InterfaceVariable}=NAME chooses the interface to the other machines.",
                error);
        }
    }

    private static string? FirstReal() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .FirstOrDefault(unicast => unicast.Address.AddressFamily == AddressFamily.InterNetwork)?.Address.ToString();
}
