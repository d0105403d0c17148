namespace TSpin.Hub;

/// <summary>How far a download is.</summary>
/// <param name="File">Path in the repository of the file under way.</param>
/// <param name="FileNumber">Which of the files, from 1.</param>
/// <param name="Files">How many are to be fetched.</param>
/// <param name="Bytes">Bytes here, of all files.</param>
/// <param name="TotalBytes">Bytes of all files.</param>
/// <param name="BytesPerSecond">Rate since the start; 0 where nothing was measured yet.</param>
/// <param name="SecondsLeft">At that rate; null where nothing was measured yet.</param>
public sealed record HubProgress(string File, int FileNumber, int Files, long Bytes, long TotalBytes, double BytesPerSecond, double? SecondsLeft);
